import { describe, expect, it } from 'vitest';
import { sentences } from '../../src/cycle/story.ts';
import { NONE_SAVED, Tally } from '../../src/cycle/tally.ts';
import type { WorkOutcome } from '../../src/cycle/work-outcome.ts';
import type { Result } from '../../src/domain/result.ts';
import { OperationalError } from '../../src/platform/operational-error.ts';

const asked = {
  id: 3,
  status: 'valid',
  stage: 'rcpt',
  attempt: 1,
  mx: 'mx.example.com',
} as unknown as Result;
const dead = { ...asked, status: 'deferred', stage: 'connect', failure: 'timeout' } as Result;

describe('Tally', () => {
  it.each<{ case: string; written: readonly Result[]; saved: Partial<typeof NONE_SAVED> }>([
    { case: 'who was asked about', written: [asked, asked], saved: {} },
    { case: 'a twin', written: [{ ...asked, takenFrom: { rowId: 7 } }], saved: { sameAddress: 1 } },
    {
      case: 'what a shadow run found out about the row itself',
      written: [{ ...asked, takenFrom: { rowId: 3 } }],
      saved: { shadowRun: 1 },
    },
    {
      case: 'a twin of a row that was put off before its first attempt',
      written: [{ ...asked, status: 'deferred', attempt: 0, takenFrom: { rowId: 7 } }],
      saved: { sameAddress: 1 },
    },
    { case: 'a dead domain', written: [{ ...asked, stage: 'dns', mx: undefined }], saved: { noMailHost: 1 } },
    {
      case: 'a DNS that gives no answer',
      written: [{ ...asked, stage: 'dns', status: 'deferred', mx: undefined }],
      saved: {},
    },
    {
      case: 'what is known here',
      written: [{ ...asked, stage: undefined, attempt: 0 }],
      saved: { knownHere: 1 },
    },
    {
      case: 'dead hosts: one row each was dialled for',
      written: [dead, dead, dead, { ...dead, mx: 'mx.example.org' }],
      saved: { deadHost: 2 },
    },
  ])('counts $case', ({ written, saved }) => {
    const tally = new Tally();

    tally.record({ written, dropped: [] });

    expect(tally.figures.saved).toEqual({ ...NONE_SAVED, ...saved });
  });

  it('counts domains that go to a worker with what is known of them', () => {
    const tally = new Tally();

    expect([tally.known('no'), tally.known(undefined), tally.known('yes')]).toEqual(['no', undefined, 'yes']);

    expect(tally.figures.saved).toEqual({ ...NONE_SAVED, knownDomain: 2 });
  });
});

describe('the summary of a cycle', () => {
  const outcome: WorkOutcome = {
    counts: { valid: 40, invalid: 10, 'catch-all': 2, disposable: 1, unknown: 3, deferred: 4 },
    reasons: { accepted: 60 },
    unwritten: 0,
    dropped: 0,
    saved: NONE_SAVED,
    users: 2,
    givenBack: 0,
    workersFailed: 0,
    stopped: undefined,
  };

  it('tells what came of it in one line', () => {
    expect(sentences.summary(outcome, 12)).toBe(
      'Cycle completed: 56 emails of 2 users decided in 12.0 s (280 emails/minute): Valid=42, Invalid=11, Unknown=3' +
        '; 4 probes put off for another attempt',
    );
  });

  it('tells by their causes the probes that were saved', () => {
    const saved = { sameAddress: 5, shadowRun: 6, noMailHost: 4, deadHost: 3, knownHere: 2, knownDomain: 1 };

    expect(sentences.summary({ ...outcome, saved }, 12)).toContain(
      '; probes saved: 5 of an address that another row has, 6 that a shadow run had made, 4 of domains without a mail host, 3 at hosts just found dead, ' +
        '2 decided without asking, 1 for control recipients of known domains;',
    );
  });

  it.each<{ stopped: WorkOutcome['stopped']; said: string }>([
    { stopped: { kind: 'signal', sentence: 'SIGTERM received' }, said: 'SIGTERM received' },
    { stopped: { kind: 'max-runtime', sentence: '--max-runtime is over' }, said: '--max-runtime is over' },
    {
      stopped: {
        kind: 'failure',
        sentence: 'the disk is full',
        error: new OperationalError('FILE_NOT_WRITTEN', 'the disk is full'),
      },
      said: 'FILE_NOT_WRITTEN',
    },
  ])('says why it stopped early: $said', ({ stopped, said }) => {
    const text = sentences.summary({ ...outcome, givenBack: 9, workersFailed: 1, stopped }, 12);

    expect(text).toMatch(/^Cycle stopped early \(/);
    expect(text).toContain(`(${said}): 56 emails`);
    expect(text).toContain('; 9 emails given back unprobed; 1 worker failed');
  });
});
