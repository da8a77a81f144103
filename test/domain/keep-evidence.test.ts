import { describe, expect, it } from 'vitest';
import {
  controlOf,
  keepEvidence,
  MAX_CONTROL_TEXT,
  MAX_KEPT_TEXT,
  MAX_TRANSCRIPT,
  observedOf,
  type KeptFrom,
} from '../../src/domain/keep-evidence.ts';
import type { Observation } from '../../src/domain/observation.ts';

const AT = { host: 'mx.a.example', ip: '192.0.2.7' };
const replied = (code: number, text: string, enhanced?: string): Observation => ({
  type: 'reply',
  stage: 'rcpt',
  ...AT,
  reply: { code, enhanced, text },
});
const keep = (from: Partial<KeptFrom>) =>
  keepEvidence({
    found: replied(250, 'ok'),
    control: undefined,
    catchAll: undefined,
    rule: 'code-250',
    mailFrom: 'probe@verifier.example.net',
    ...from,
  });

describe('keepEvidence', () => {
  it.each<{ what: string; found: Observation; control?: Observation; code?: number; enhanced?: string }>([
    {
      what: 'a reply of several lines',
      found: replied(550, '5.1.1 no such user\nsee https://a.example', '5.1.1'),
      code: 550,
      enhanced: '5.1.1',
    },
    {
      what: 'an acceptance beside a refused control recipient',
      found: replied(250, 'ok'),
      control: replied(550, '5.1.1 unknown', '5.1.1'),
      code: 250,
    },
    {
      what: 'an empty reply to the control recipient',
      found: replied(250, 'ok'),
      control: replied(451, ''),
      code: 250,
    },
    { what: 'a failure', found: { type: 'failure', stage: 'greeting', failure: 'timeout', ...AT } },
  ])('keeps $what so that it can be judged again', ({ found, control, code, enhanced }) => {
    const kept = { ...keep({ found, control }), code, enhanced, mx: AT.host, ip: AT.ip };

    expect(observedOf(kept)).toEqual(found);
    expect(controlOf(kept)).toEqual(control);
  });

  it('keeps nothing to judge of a row that could not be asked about', () => {
    const kept = keep({ found: { type: 'smtputf8-unsupported', ...AT }, rule: 'smtputf8-not-offered' });

    expect(kept).toEqual({ rule: 'smtputf8-not-offered' });
    expect(observedOf({ ...kept, code: undefined, enhanced: undefined, mx: AT.host, ip: AT.ip })).toBe(
      undefined,
    );
  });

  it('keeps the beginning and the end of a long text, within its bounds and whole in its characters', () => {
    const long = `begins 📮${'📮'.repeat(2000)}\n${'x'.repeat(3000)} ends`;

    const { text, controlText } = keep({ found: replied(550, long), control: replied(550, long) });

    expect(text).toMatch(/^begins [^]* ends$/);
    expect(text!.length).toBeLessThanOrEqual(MAX_KEPT_TEXT);
    expect(controlText!.length).toBeLessThanOrEqual(MAX_CONTROL_TEXT);
    expect([text!.isWellFormed(), controlText!.isWellFormed()]).toEqual([true, true]);
  });

  it('keeps the end of a long dialogue, and says that something is missing', () => {
    const lines = Array.from({ length: 100 }, (_, n) => `C: RCPT TO:<user${n}@a.example>`);

    const { transcript } = keep({ transcript: [...lines, `S: 250 ${'y'.repeat(900)}`] });

    expect(transcript!.length).toBeLessThanOrEqual(MAX_TRANSCRIPT);
    expect(transcript).toMatch(/^…\nC: RCPT TO:<user\d+@a\.example>\n/);
    expect(transcript!.split('\n').at(-1)).toHaveLength(200);
  });

  it('lets nothing through that could forge a line or repaint a terminal', () => {
    const { text, transcript } = keep({
      found: replied(550, 'no\r\u001b[2J such\u202e user\u0000\nline two\u2028three'),
      transcript: ['S: 550 no\nC: forged\u001b[2J'],
    });

    expect(text).toBe('no [2J such user\nline two three');
    expect(transcript).toBe('S: 550 no C: forged [2J');
  });

  it('keeps our sender where the reply names its domain, and only there', () => {
    const named = keep({ found: replied(550, 'Sender <probe@VERIFIER.example.net> unknown') });

    expect(named.quotedSender).toBe('probe@verifier.example.net');
    expect(keep({ found: replied(550, 'no such user') }).quotedSender).toBeUndefined();
  });
});
