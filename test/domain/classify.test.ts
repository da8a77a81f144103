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

      expect(share(judged, ({ entry, got }) => got.verdict === entry.verdict)).toBeGreaterThanOrEqual(0.99);
      expect(share(judged, ({ entry, got }) => got.label === entry.label)).toBeGreaterThanOrEqual(0.97);
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

describe('classify, where words mislead', () => {
  const trap = (what: string, text: string, label: string, verdict: string, stage: Stage = 'rcpt') => ({
    what,
    text,
    label,
    verdict,
    stage,
  });

  it.each([
    // 1: a policy status beside the words of a mailbox
    trap('an unknown user at 5.7.1', '550 5.7.1 No such user!', 'mailbox_unknown', 'invalid'),
    trap('an invalid recipient at 5.7.0', '550 5.7.0 recipient not found', 'mailbox_unknown', 'invalid'),
    trap('nothing known at 5.7.1', '550 5.7.1 xyzzy', 'ambiguous', 'unknown'),
    // 2: 5.1.1 that is no unknown user
    trap('a full mailbox at 5.1.1', '552 5.1.1 boite du destinataire pleine', 'mailbox_full', 'retry'),
    trap(
      'a rate at 5.1.1',
      '550 5.1.1 198.51.100.2 sent to too many recipients this hour. IB607',
      'rate_limited',
      'retry',
    ),
    trap(
      'backscatter protection',
      '550 5.1.1 Backscatter Protection detected an invalid or unauthenticated address',
      'sender_rejected',
      'unknown',
    ),
    trap('a sender at 5.1.8', '550 5.1.8 domain does not exist', 'sender_rejected', 'unknown'),
    // 3: Postfix's wrapper is no reason
    trap(
      'greylisting in a wrapper',
      '450 4.2.0 <a@b.example>: Recipient address rejected: Greylisted',
      'greylisted',
      'retry',
    ),
    trap(
      'a list in a wrapper',
      '554 5.7.1 <a@b.example>: Recipient address rejected: listed by zen.spamhaus.org',
      'policy_block',
      'unknown',
    ),
    trap(
      'Exchange Online’s edge block',
      '550 5.4.1 Recipient address rejected: Access denied',
      'mailbox_unknown',
      'invalid',
    ),
    trap(
      'all recipients at Exchange Online',
      '550 5.4.1 All recipient addresses rejected : Access denied',
      'ambiguous',
      'unknown',
    ),
    trap(
      'an access map',
      '554 5.7.1 <a@b.example>: Recipient address rejected: Access denied',
      'ambiguous',
      'unknown',
    ),
    // 4: Exim's callouts
    trap('a callout to us', '550-No Such User Here\n550 Sender verify failed', 'sender_rejected', 'unknown'),
    trap(
      'a callout to the recipient',
      '550-Callout verification failed:\n550 no such user',
      'mailbox_unknown',
      'invalid',
    ),
    // 5: Postfix's address verification
    trap(
      'a verified unknown user',
      '450 4.1.1 <a@b.example>: Recipient address rejected: undeliverable address: host mx.b.example[192.0.2.8] said: 550 no such user',
      'mailbox_unknown',
      'invalid',
    ),
    trap(
      'Namecheap',
      '450 4.1.1 <a@b.example>: Recipient address rejected: unverified address: Mailbox might be disabled, full, or may not exist',
      'mailbox_unknown',
      'invalid',
    ),
    trap(
      'a verification that runs',
      '450 4.1.1 <a@b.example>: Recipient address rejected: unverified address: Address verification in progress',
      'temporary_failure',
      'retry',
    ),
    trap(
      'a verification that failed',
      '450 4.1.1 <a@b.example>: Recipient address rejected: unverified address: connect to mx.b.example: Connection timed out',
      'temporary_failure',
      'retry',
    ),
    // 6: "mailbox unavailable"
    trap('for good', '550 Requested action not taken: mailbox unavailable', 'mailbox_unknown', 'invalid'),
    trap('for now', '450 Requested mail action not taken: mailbox unavailable', 'temporary_failure', 'retry'),
    trap(
      'for us',
      '550 5.2.1 Mailbox unavailable. Your IP address 192.0.2.33 is blacklisted',
      'policy_block',
      'unknown',
    ),
    // 7: whose quota
    trap('the organisation’s', '450 4.7.3 Organization queue quota exceeded', 'temporary_failure', 'retry'),
    trap('the system’s', '452 4.3.1 Insufficient system storage', 'temporary_failure', 'retry'),
    trap('ours', '452 Too many messages, try again later', 'rate_limited', 'retry'),
    trap('the mailbox’s', '550 User has too many messages on the server', 'mailbox_full', 'retry'),
    // 8: too many recipients of what
    trap('a transaction', '452 4.5.3 Too many recipients', 'too_many_recipients', 'retry'),
    trap('an hour', '452 Too many recipients received this hour', 'rate_limited', 'retry'),
    trap('a new address of ours', '452 4.5.3 Too many recipients (AS780090)', 'rate_limited', 'retry'),
    // 9: codes without words
    trap('La Poste', '550 5.5.0 LPN007_416', 'mailbox_unknown', 'invalid'),
    trap('Orange', '552 5.1.1 OFR_417', 'mailbox_full', 'retry'),
    trap('NetEase', '421 HL:REP 163 smtp1', 'rate_limited', 'retry'),
    trap('GoDaddy', '554 IB113', 'policy_block', 'unknown', 'greeting'),
    trap('Yahoo', '421 4.7.0 [TSS04] see the page', 'rate_limited', 'retry', 'mail'),
    // 10: Yandex, QQ
    trap(
      'the recipient’s account',
      '550 5.7.1 Policy rejection on the target address',
      'mailbox_disabled',
      'invalid',
    ),
    trap('either of two', '550 Mailbox unavailable or access denied', 'ambiguous', 'unknown'),
    // 11: Exchange's closed groups
    trap(
      'a group',
      '550 5.7.1 RESOLVER.RST.AuthRequired; authentication required',
      'auth_or_tls_required',
      'unknown',
    ),
    trap('a list of senders', '550 5.7.124 Sender not in allowed-senders list', 'sender_rejected', 'unknown'),
    // 12: HELO refused at RCPT
    trap(
      'a HELO',
      '504 5.5.2 <foo>: Helo command rejected: need fully-qualified hostname',
      'policy_block',
      'unknown',
    ),
    trap('a HELO that is unknown', '550 Invalid HELO, user unknown', 'policy_block', 'unknown'),
  ])('takes $what for $label: $text', ({ text, label, verdict, stage }) => {
    expect(classify(observed(text, stage))).toMatchObject({ label, verdict });
  });

  it.each([
    '450 4.2.0 user unknown at this moment',
    '450 4.1.1 user unknown, try again later',
    '451 4.1.1 no such user',
    '450 4.2.1 mailbox disabled, please retry in an hour',
    '550 mailbox unavailable, try again later',
    '550 user lookup failed: LDAP timeout',
    '550 mailbox database not found',
    '550 Das Postfach ist vorübergehend deaktiviert',
    '450 4.2.1 mailbox in use, locked',
  ])('calls nobody invalid by %j, which may pass', (text) => {
    expect(classify(observed(text))).toMatchObject({ label: 'temporary_failure', verdict: 'retry' });
  });

  it.each([
    '550 5.1.1 There is no such mailbox. If you think that your mail was blocked by our filter, see our site',
    '550 user unknown. For more information about blocked IP addresses ask the postmaster',
    '550 Empfänger unbekannt. Falls Sie glauben, dass Ihr Server gesperrt ist, schreiben Sie uns',
    "550 Destinataire inconnu. Si vous pensez que votre adresse IP est bloquée, contactez l'administrateur",
    '550 Sender ok, but the recipient is unknown here',
  ])('hears the reason and not the advice, nor what is said to be well: %j', (text) => {
    expect(classify(observed(text))).toMatchObject({ label: 'mailbox_unknown', verdict: 'invalid' });
  });

  it.each([
    '554 Message refused. If you think that your IP address was blocked in error, contact us',
    '550 Mailbox unavailable. If you believe that your server was blacklisted in error, see our site',
  ])('hears the advice where nothing else says why, or what does is said of us as well: %j', (text) => {
    expect(classify(observed(text))).toMatchObject({ label: 'policy_block', verdict: 'unknown' });
  });

  it.each([
    ['ehlo', '500 5.5.1 Command unrecognized: "EHLO mail.example.net"'],
    ['mail', '555 5.5.4 Unsupported option: SIZE=0'],
    ['rcpt', '503 sender not yet given'],
    ['rcpt', '500 Error: bad syntax'],
    ['greeting', '521 mail.example.com does not accept mail'],
  ] as const)('blames nobody for a misunderstanding between programs, at %s: %j', (stage, text) => {
    expect(classify(observed(text, stage))).toMatchObject({ label: 'ambiguous', verdict: 'unknown' });
  });

  it.each(['550 user unknown or mailbox full', '550 mailbox full or nonexistent user'])(
    'leaves %j open, because a full mailbox exists',
    (text) => {
      expect(classify(observed(text))).toMatchObject({ label: 'ambiguous', verdict: 'unknown' });
    },
  );

  it.each([
    '550 User jo.meyer not listed in the directory',
    '550 recipient jo.meyer of example.com was not found',
    '550 jo.meyer_does_not_exist_here',
  ])('ends no phrase at a dot or an underscore within a word: %j', (text) => {
    expect(classify(observed(text)).label).toBe('mailbox_unknown');
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
