import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/domain/finding.ts';
import { parseReplyText } from '../../src/domain/reply.ts';
import {
  hear,
  NOTHING_HEARD,
  refusesEverybody,
  remarkOn,
  type SessionSense,
} from '../../src/domain/session-sense.ts';

const DOMAIN = 'example.com';

function rcpt(text: string, host = 'mx1.example.com'): Finding {
  return { type: 'reply', stage: 'rcpt', host, ip: '192.0.2.7', reply: parseReplyText(text)! };
}

/** What a session was told: a text for each real recipient, then one for the control recipient where it was asked. */
function session(real: readonly string[], control?: string, provider?: string): SessionSense {
  const heard = real.reduce((sense, text, place) => {
    const recipient = `row${place}@${DOMAIN}`;
    const remark = remarkOn(rcpt(text.replaceAll('{rcpt}', recipient)), { recipient, provider });
    return hear(sense, remark, { address: recipient, isControl: false });
  }, NOTHING_HEARD);
  if (control === undefined) return heard;
  const recipient = `qzxkvbnt7@${DOMAIN}`;
  const remark = remarkOn(rcpt(control.replaceAll('{rcpt}', recipient)), { recipient, provider });
  return hear(heard, remark, { address: DOMAIN, isControl: true });
}

const twice = (text: string): string[] => [text, text];

describe('the sense of a session', () => {
  it.each([
    '550',
    '550 no',
    '550 Sorry.',
    '554 5.0.0 <{rcpt}>: rejected',
    '550 5.7.1 <{rcpt}>: Relay access denied',
    '554 5.7.1 Relaying denied for {rcpt}',
    '550 Requested action not taken: mailbox unavailable',
    '550 Recipient rejected (q4Gk21)',
    '553 <{rcpt}>: recipient address rejected',
  ])('is that the host refuses everybody, when all get %j', (text) => {
    expect(refusesEverybody(session(twice(text), text))).toBe(true);
  });

  it.each([
    '550 5.1.1 <{rcpt}>: Recipient address rejected: User unknown in local recipient table',
    '550 No such user here',
    '550 5.1.1 Recipient rejected',
    '550 5.1.1 mailbox unavailable',
    '550 5.1.2 Domain not hosted here',
  ])('leaves to each row what is unmistakable, though all get %j', (text) => {
    expect(refusesEverybody(session(twice(text), text))).toBe(false);
  });

  it('takes what a known provider says for what it is known to mean', () => {
    const text = '550 Requested action not taken: mailbox unavailable';

    expect(refusesEverybody(session(twice(text), text, 'gmx'))).toBe(false);
  });

  it('does not mind what differs only in the recipient or in a queue id', () => {
    const sense = session(
      ['550 Rejected: row0 [id=4fk2]', '550 Rejected: row1 [id=99zq]'],
      '550 Rejected: qzxkvbnt7 [id=1aaa]',
    );

    expect(refusesEverybody(sense)).toBe(true);
  });

  it.each([
    { what: 'one recipient', real: ['550 no'], control: '550 no' },
    { what: 'two answers', real: ['550 no', '550 no'], control: undefined },
    { what: 'an acceptance among them', real: ['550 no', '250 ok', '550 no'], control: '550 no' },
    { what: 'an accepted control recipient', real: twice('550 no'), control: '250 ok' },
    { what: 'an unknown user among them', real: ['550 no', '550 5.1.1 no such user'], control: '550 no' },
    { what: 'another refusal of the control recipient', real: twice('550 no'), control: '550 no such user' },
    { what: 'two refusals in different words', real: ['550 no', '550 never'], control: '550 no' },
    { what: 'another reply code', real: ['550 no', '554 no'], control: '550 no' },
    { what: 'greylisting of some', real: ['550 no', '450 4.2.0 greylisted'], control: '550 no' },
  ])('says nothing of everybody after $what', ({ real, control }) => {
    expect(refusesEverybody(session(real, control))).toBe(false);
  });

  it('hears three real recipients as well as two beside a control recipient', () => {
    expect(refusesEverybody(session(['550 no', '550 no', '550 no']))).toBe(true);
  });

  it.each([
    '421 4.7.0 Too many errors',
    '450 4.3.2 try again later',
    '554 5.7.1 Client host blocked using zen.spamhaus.org',
  ])('passes over what speaks of us anyway: %j', (text) => {
    expect(refusesEverybody(session(['550 no', text, '550 no'], '550 no'))).toBe(true);
    expect(refusesEverybody(session(twice(text), text))).toBe(false);
  });

  it('counts a recipient once, however often it was answered', () => {
    const remark = remarkOn(rcpt('550 no'), {});
    const sense = [1, 2, 3].reduce(
      (heard) => hear(heard, remark, { address: 'a@example.com', isControl: false }),
      NOTHING_HEARD,
    );

    expect(refusesEverybody(sense)).toBe(false);
  });
});

describe('remarkOn', () => {
  it.each<{ what: string; finding: Finding }>([
    { what: 'silence', finding: { type: 'failure', stage: 'rcpt', failure: 'timeout' } },
    { what: 'a refusal before RCPT', finding: { ...rcpt('550 no'), stage: 'mail' } as Finding },
    { what: 'what could not be asked', finding: { type: 'smtputf8-unsupported' } },
  ])('finds nothing in $what', ({ finding }) => {
    expect(remarkOn(finding, {})).toEqual({ type: 'nothing' });
  });

  it('learns nothing from the 250 of a provider that says it to anybody', () => {
    expect(remarkOn(rcpt('250 recipient ok'), { provider: 'yahoo' })).toEqual({ type: 'nothing' });
  });
});
