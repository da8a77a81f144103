import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { classify, type ProbeIdentity } from '../../src/domain/classify.ts';
import type { Failure, ReplyObservation, Stage } from '../../src/domain/observation.ts';
import { parseReplyText } from '../../src/domain/reply.ts';
import { MAX_MATCHED } from '../../src/domain/reply-words.ts';
import { readCorpus } from '../fixtures/replies/read-corpus.ts';

function observed(text: string, stage: Stage = 'rcpt'): ReplyObservation {
  return { type: 'reply', stage, reply: parseReplyText(text)! };
}

function share<T>(all: readonly T[], isRight: (one: T) => boolean): number {
  return all.filter(isRight).length / all.length;
}

describe('classify, on the collected replies', () => {
  it.each(['replies.tsv', 'known.tsv'] as const)(
    'keeps its floors on %s, and calls nothing invalid that may exist',
    (name) => {
      const judged = readCorpus(name).map((entry) => ({ entry, got: classify(entry.observed) }));

      expect(share(judged, ({ entry, got }) => got.verdict === entry.verdict)).toBeGreaterThanOrEqual(0.98);
      expect(share(judged, ({ entry, got }) => got.label === entry.label)).toBeGreaterThanOrEqual(0.95);
      expect(
        judged.filter(({ entry, got }) => got.verdict === 'invalid' && entry.verdict !== 'invalid'),
      ).toEqual([]);
    },
  );
});

describe('classify', () => {
  it.each([
    // who is blamed wins over what is said of the mailbox
    [
      '550 5.2.1 Mailbox unavailable. Your IP address 192.0.2.33 is blacklisted',
      'policy_block',
      'unknown',
      'host',
    ],
    [
      '550-Verification failed for <me@example.net>\n550-No Such User Here\n550 Sender verify failed',
      'sender_rejected',
      'unknown',
      'sender',
    ],
    [
      '550 5.1.1 <a@b.example> 198.51.100.2 has sent to too many recipients this hour. IB607',
      'rate_limited',
      'retry',
      'host',
    ],
    ['450 4.2.0 <a@b.example>: Recipient address rejected: Greylisted', 'greylisted', 'retry', 'recipient'],
    // unmistakable words win over the enhanced code
    ['550 5.7.1 No such user!', 'mailbox_unknown', 'invalid', 'recipient'],
    [
      '552 5.1.1 <a@b.example> recipient rejected - extended quota violation',
      'mailbox_full',
      'retry',
      'recipient',
    ],
    // the same words at another enhanced code
    ['550 5.4.1 Recipient address rejected: Access denied', 'mailbox_unknown', 'invalid', 'recipient'],
    [
      '550 5.7.1 <a@b.example>: Recipient address rejected: Access denied',
      'ambiguous',
      'unknown',
      'recipient',
    ],
    // the enhanced code where no words are known, then the bare code
    ['550 5.1.1 xyzzy', 'mailbox_unknown', 'invalid', 'recipient'],
    ['550 xyzzy', 'ambiguous', 'unknown', 'recipient'],
    ['550', 'ambiguous', 'unknown', 'recipient'],
    ['450 xyzzy', 'temporary_failure', 'retry', 'recipient'],
    ['550 5.0.0 xyzzy', 'ambiguous', 'unknown', 'recipient'],
    // unknown users behind a 4xx
    [
      '450 4.1.1 <a@b.example>: Recipient address rejected: User unknown in local recipient table',
      'mailbox_unknown',
      'invalid',
      'recipient',
    ],
    ['450 Requested mail action not taken: mailbox unavailable', 'temporary_failure', 'retry', 'recipient'],
    ['454 4.7.1 <a@b.example>: Relay access denied', 'domain_not_served', 'retry', 'recipient'],
    // 2xx
    ['250 2.1.5 Ok', 'accepted', 'valid', 'recipient'],
    ['251 User not local; will forward', 'accepted', 'valid', 'recipient'],
    ['252 2.5.2 Cannot VRFY user', 'accepted_unverified', 'unknown', 'recipient'],
  ])('takes %j as %s: %s, speaking of the %s', (text, label, verdict, scope) => {
    expect(classify(observed(text))).toMatchObject({ label, verdict, scope });
  });

  it.each([['553 5.6.7 Must declare SMTPUTF8 to send unicode address'], ['550 5.6.7 xyzzy']])(
    'names the missing SMTPUTF8 as the reason of %j',
    (text) => {
      expect(classify(observed(text))).toMatchObject({
        label: 'ambiguous',
        verdict: 'unknown',
        reason: 'smtputf8-unsupported',
      });
    },
  );

  it('reads every line: the reason may stand in the first', () => {
    const reply = '550-your address is on our black list\n550-please see the page\n550 user unknown';

    expect(classify(observed(reply)).label).toBe('policy_block');
  });

  it.each(['greeting', 'ehlo', 'starttls', 'mail'] as const)(
    'holds nothing that is said at %s against the recipient',
    (stage) => {
      const verdicts = [...readCorpus('replies.tsv'), ...readCorpus('known.tsv')].map(
        ({ observed: { reply } }) => classify({ type: 'reply', stage, reply }).verdict,
      );

      expect(verdicts).not.toContain('invalid');
      expect(verdicts).not.toContain('valid');
    },
  );

  it('never makes an address invalid by a 421, whose words may be those of a mailbox', () => {
    const reply = { code: 421, enhanced: '4.1.1', text: '4.1.1 no such user here' };

    expect(classify({ type: 'reply', stage: 'rcpt', reply })).toMatchObject({
      verdict: 'retry',
      scope: 'host',
    });
  });

  it.each([
    ['timeout', 'timeout', 'retry', 'host'],
    ['refused', 'connection-refused', 'retry', 'host'],
    ['unreachable', 'connection-failed', 'retry', 'host'],
    ['lost', 'connection-lost', 'retry', 'host'],
    ['garbled', 'protocol-error', 'retry', 'host'],
    ['dns-failure', 'dns-failure', 'retry', 'host'],
    ['no-such-domain', 'no-such-domain', 'invalid', 'recipient'],
    ['null-mx', 'null-mx', 'invalid', 'recipient'],
    ['no-mail-host', 'no-mail-host', 'invalid', 'recipient'],
    ['private-host', 'private-host', 'invalid', 'recipient'],
  ] as const)('takes the failure %s as %s: %s', (failure: Failure, reason, verdict, scope) => {
    const meaning = classify({ type: 'failure', stage: 'connect', failure });

    expect(meaning).toEqual({ label: undefined, reason, verdict, scope, rule: `failure-${failure}` });
  });

  it('asks rules of one provider only where no other provider speaks', () => {
    const reply = observed('451 Internal resources are temporarily unavailable');

    expect(classify(reply).label).toBe('greylisted');
    expect(classify(reply, { provider: 'mimecast' }).label).toBe('greylisted');
    expect(classify(reply, { provider: 'google' }).label).toBe('temporary_failure');
  });
});

describe('classify, for what a reply quotes', () => {
  const identity: ProbeIdentity = {
    recipient: 'blocked.spam@quota.example',
    sender: 'blacklist@unknown.example',
    ehloName: 'greylist.helo.example',
    ownIp: '203.0.113.9',
  };

  it.each([
    ['550 5.1.1 <blocked.spam@quota.example>: user unknown', 'mailbox_unknown'],
    ['550 blocked.spam@quota.example... user unknown', 'mailbox_unknown'],
    ['550 blocked.spam: user unknown', 'mailbox_unknown'],
    ['550 "blocked.spam" user unknown at quota.example', 'mailbox_unknown'],
    ['550 greylist.helo.example: user unknown', 'mailbox_unknown'],
    ['550 xyzzy <no.such.user@example.org>', 'ambiguous'],
    ['550 xyzzy, see http://example.org/user-unknown/mailbox_full?spam=blocked', 'ambiguous'],
    ['550 xyzzy, see www.example.org/no-such-user', 'ambiguous'],
  ])('decides %j by the words around it', (text, label) => {
    expect(classify(observed(text), identity).label).toBe(label);
  });

  it.each([
    ['550 blacklist@unknown.example: no such user', 'sender_rejected'],
    ['550 domain unknown.example does not exist', 'sender_rejected'],
    [
      '550 blacklist@unknown.example may not reach blocked.spam@quota.example: no such user',
      'mailbox_unknown',
    ],
    ['550 greylist.helo.example: no such user', 'mailbox_unknown'],
  ])('blames in %j whoever is named', (text, label) => {
    expect(classify(observed(text), identity).label).toBe(label);
  });

  it.each([
    ['550 5.1.1 <blacklist@unknown.example>: user unknown', 'sender_rejected'],
    ['550 unknown.example: no such user', 'mailbox_unknown'],
  ])('takes in %j the whole address for the sender’s, also when we greet with its domain', (text, label) => {
    expect(classify(observed(text), { ...identity, ehloName: 'unknown.example' }).label).toBe(label);
  });

  it('does not take a common word from the text because it is also the local part', () => {
    expect(classify(observed('550 user unknown'), { recipient: 'user@example.org' }).label).toBe(
      'mailbox_unknown',
    );
  });
});

describe('classify, for hostile replies', () => {
  it.each([
    ['a'],
    ['user '],
    ['user'],
    ['a@'],
    ['<'],
    ['http://'],
    ['1.2.3.'],
    ['mailbox '],
    ['adresse '],
    ['quota exceede '],
    ['пользователь '],
    ['[a.b.c '],
    ['relay '],
    ['\u0301'],
    ['\ud800'],
  ])('answers within a moment when 64 KiB are made of %j', (piece) => {
    const reply = { code: 550, enhanced: undefined, text: piece.repeat(Math.ceil(65_536 / piece.length)) };
    const began = performance.now();

    const meaning = classify({ type: 'reply', stage: 'rcpt', reply });

    expect(performance.now() - began).toBeLessThan(500);
    expect(meaning.label).toBeDefined();
  });

  it('still reads the end of a reply that is longer than what is matched', () => {
    expect(classify(observed(`550 ${'xyzzy '.repeat(MAX_MATCHED)} user unknown`)).label).toBe(
      'mailbox_unknown',
    );
  });

  it('never throws, whatever a host sends', () => {
    const reply = fc.record({
      code: fc.integer({ min: 200, max: 599 }),
      enhanced: fc.option(fc.constantFrom('5.1.1', '4.7.1', '5.7.1'), { nil: undefined }),
      text: fc.string({ unit: 'binary', maxLength: 300 }),
    });
    const stage = fc.constantFrom<Stage>('greeting', 'ehlo', 'starttls', 'mail', 'rcpt', 'rset', 'quit');

    fc.assert(
      fc.property(reply, stage, fc.string(), (sent, at, recipient) => {
        const meaning = classify(
          { type: 'reply', stage: at, reply: sent },
          { recipient, sender: recipient, ehloName: recipient },
        );
        expect(meaning.rule).not.toBe('');
      }),
      { numRuns: 300 },
    );
  });
});
