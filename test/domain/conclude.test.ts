import { describe, expect, it } from 'vitest';
import { conclude, type ConclusionInput } from '../../src/domain/conclude.ts';
import type { Observation } from '../../src/domain/observation.ts';
import { parseReplyText } from '../../src/domain/reply.ts';

function rcpt(text: string): Observation {
  return {
    type: 'reply',
    stage: 'rcpt',
    host: 'mx1.example.com',
    ip: '192.0.2.7',
    reply: parseReplyText(text)!,
  };
}

const OK = rcpt('250 2.1.5 Ok');
const UNKNOWN_USER = rcpt('550 5.1.1 User unknown');
const LOST: Observation = { type: 'failure', stage: 'rcpt', failure: 'lost' };

describe('conclude, for an address that was accepted', () => {
  it.each<{
    control: string;
    input: Omit<ConclusionInput, 'real'>;
    verdict: string;
    reason: string;
    learned: string | undefined;
  }>([
    {
      control: 'accepted too',
      input: { control: OK },
      verdict: 'catch-all',
      reason: 'accepts-all',
      learned: 'yes',
    },
    {
      control: 'unknown',
      input: { control: UNKNOWN_USER },
      verdict: 'valid',
      reason: 'accepted',
      learned: 'no',
    },
    {
      control: 'disabled',
      input: { control: rcpt('550 5.2.1 Mailbox disabled') },
      verdict: 'valid',
      reason: 'accepted',
      learned: 'no',
    },
    {
      control: 'refused with a bare 550',
      input: { control: rcpt('550 no') },
      verdict: 'valid',
      reason: 'accepted',
      learned: 'no',
    },
    {
      control: 'refused with a bare 554',
      input: { control: rcpt('554 no') },
      verdict: 'valid',
      reason: 'catch-all-unknown',
      learned: 'unknown',
    },
    {
      control: 'put off',
      input: { control: rcpt('450 4.2.0 Greylisted') },
      verdict: 'valid',
      reason: 'catch-all-unknown',
      learned: 'unknown',
    },
    {
      control: 'refused for policy',
      input: { control: rcpt('554 5.7.1 Client host blocked') },
      verdict: 'valid',
      reason: 'catch-all-unknown',
      learned: 'unknown',
    },
    {
      control: 'one of too many',
      input: { control: rcpt('452 4.5.3 Too many recipients') },
      verdict: 'valid',
      reason: 'catch-all-unknown',
      learned: 'unknown',
    },
    {
      control: 'answered by 252',
      input: { control: rcpt('252 2.5.2 maybe') },
      verdict: 'valid',
      reason: 'catch-all-unknown',
      learned: 'unknown',
    },
    {
      control: 'lost',
      input: { control: LOST },
      verdict: 'valid',
      reason: 'catch-all-unknown',
      learned: 'unknown',
    },
    { control: 'not asked', input: {}, verdict: 'valid', reason: 'catch-all-unknown', learned: undefined },
    {
      control: 'not asked, known to accept all',
      input: { catchAll: 'yes' },
      verdict: 'catch-all',
      reason: 'accepts-all',
      learned: undefined,
    },
    {
      control: 'not asked, known to refuse',
      input: { catchAll: 'no' },
      verdict: 'valid',
      reason: 'accepted',
      learned: undefined,
    },
    {
      control: 'not asked, nothing known',
      input: { catchAll: 'unknown' },
      verdict: 'valid',
      reason: 'catch-all-unknown',
      learned: undefined,
    },
    {
      control: 'put off, known to accept all',
      input: { control: LOST, catchAll: 'yes' },
      verdict: 'catch-all',
      reason: 'accepts-all',
      learned: 'unknown',
    },
    {
      control: 'refused against what was known',
      input: { control: UNKNOWN_USER, catchAll: 'yes' },
      verdict: 'valid',
      reason: 'accepted',
      learned: 'no',
    },
    {
      control: 'accepted against what was known',
      input: { control: OK, catchAll: 'no' },
      verdict: 'catch-all',
      reason: 'accepts-all',
      learned: 'yes',
    },
    {
      control: 'not asked, at Yahoo',
      input: { provider: 'yahoo' },
      verdict: 'catch-all',
      reason: 'provider-accepts-all',
      learned: undefined,
    },
    {
      control: 'refused at Yahoo',
      input: { control: UNKNOWN_USER, provider: 'yahoo' },
      verdict: 'catch-all',
      reason: 'provider-accepts-all',
      learned: 'no',
    },
  ])(
    'is $verdict ($reason) beside a control recipient that was $control',
    ({ input, verdict, reason, learned }) => {
      const conclusion = conclude({ real: OK, ...input });

      expect(conclusion).toMatchObject({ verdict, reason });
      expect(conclusion.catchAll).toBe(learned);
    },
  );
});

describe('what is known of a domain', () => {
  it.each([OK, UNKNOWN_USER, LOST, rcpt('450 4.2.0 greylisted'), rcpt('550 no')])(
    'leads to the verdict that the answer it was learnt from led to',
    (control) => {
      for (const provider of [undefined, 'google', 'yahoo']) {
        const fresh = conclude({ real: OK, control, provider });
        const kept = conclude({ real: OK, catchAll: fresh.catchAll, provider });

        expect([kept.verdict, kept.reason]).toEqual([fresh.verdict, fresh.reason]);
      }
    },
  );
});

describe('conclude, for an address that was not accepted', () => {
  it.each<{ real: string; input: ConclusionInput; verdict: string; reason: string }>([
    {
      real: 'an unknown mailbox',
      input: { real: UNKNOWN_USER, control: UNKNOWN_USER },
      verdict: 'invalid',
      reason: 'mailbox-not-found',
    },
    {
      real: 'an unknown mailbox at a catch-all',
      input: { real: UNKNOWN_USER, catchAll: 'yes' },
      verdict: 'invalid',
      reason: 'mailbox-not-found',
    },
    {
      real: 'an unknown mailbox at Yahoo',
      input: { real: UNKNOWN_USER, provider: 'yahoo' },
      verdict: 'invalid',
      reason: 'mailbox-not-found',
    },
    {
      real: 'a refusal that all get',
      input: { real: rcpt('550 no'), control: rcpt('550 no') },
      verdict: 'unknown',
      reason: 'refuses-everybody',
    },
    {
      real: 'a block that all get, whose name limits and waits go by',
      input: { real: rcpt('550 5.7.1 blocked'), control: rcpt('550 5.7.1 blocked') },
      verdict: 'unknown',
      reason: 'policy-block',
    },
    {
      real: 'a refusal of the sender that all get',
      input: { real: rcpt('550 5.1.8 sender rejected'), control: rcpt('550 5.1.8 sender rejected') },
      verdict: 'unknown',
      reason: 'sender-rejected',
    },
    {
      real: 'a 421 that all get',
      input: { real: rcpt('421 4.3.2 no such user'), control: rcpt('421 4.3.2 no such user') },
      verdict: 'retry',
      reason: 'temporary-failure',
    },
    {
      real: 'an unclear refusal beside a control recipient that was accepted',
      input: { real: rcpt('550 no'), control: OK },
      verdict: 'unknown',
      reason: 'ambiguous-reply',
    },
    {
      real: 'SMTPUTF8 missing on the way',
      input: { real: rcpt('553 5.6.7 needs SMTPUTF8'), control: rcpt('550 no') },
      verdict: 'unknown',
      reason: 'smtputf8-unsupported',
    },
    {
      real: 'a refusal of its own',
      input: { real: rcpt('550 no'), control: UNKNOWN_USER },
      verdict: 'unknown',
      reason: 'ambiguous-reply',
    },
    {
      real: 'a block',
      input: { real: rcpt('550 5.7.1 blocked') },
      verdict: 'unknown',
      reason: 'policy-block',
    },
    {
      real: '252',
      input: { real: rcpt('252 2.5.2 maybe'), control: rcpt('252 2.5.2 maybe') },
      verdict: 'unknown',
      reason: 'accepted-unverified',
    },
    {
      real: 'a full mailbox',
      input: { real: rcpt('552 5.2.2 Mailbox full') },
      verdict: 'retry',
      reason: 'mailbox-full',
    },
    {
      real: 'silence',
      input: { real: { type: 'failure', stage: 'rcpt', failure: 'timeout' } },
      verdict: 'retry',
      reason: 'timeout',
    },
    {
      real: 'a domain without mail',
      input: { real: { type: 'failure', stage: 'dns', failure: 'null-mx' } },
      verdict: 'invalid',
      reason: 'null-mx',
    },
    {
      real: 'no SMTPUTF8',
      input: { real: { type: 'smtputf8-unsupported', host: 'mx1.example.com', ip: '192.0.2.7' } },
      verdict: 'unknown',
      reason: 'smtputf8-unsupported',
    },
  ])('is $verdict ($reason) after $real', ({ input, verdict, reason }) => {
    expect(conclude(input)).toMatchObject({ verdict, reason });
  });

  it('is the word of a whole session, and teaches nothing, where everybody was refused alike', () => {
    const relay = rcpt('550 5.7.1 Relaying denied');

    expect(conclude({ real: relay, control: relay, isRefusedWithAll: true })).toMatchObject({
      verdict: 'unknown',
      reason: 'refuses-everybody',
      scope: 'host',
      catchAll: 'unknown',
    });
  });

  it('learns of the domain from the control recipient all the same', () => {
    expect(conclude({ real: UNKNOWN_USER, control: UNKNOWN_USER }).catchAll).toBe('no');
    expect(conclude({ real: rcpt('450 4.2.0 Greylisted'), control: OK }).catchAll).toBe('yes');
  });

  it.each([
    ['450 4.2.0 Greylisted for 300 seconds', 300],
    ['550 Too many messages. Try again in 92 seconds.', 92],
    ['451 4.3.0 Busy, try again in 2 minutes', 120],
    ['450 4.2.0 Greylisted', undefined],
    ['550 5.1.1 User unknown for 300 seconds', undefined],
  ])('carries the wait that %j asks for', (text, seconds) => {
    expect(conclude({ real: rcpt(text) }).waitSeconds).toBe(seconds);
  });

  it('does not let quoted names decide for either recipient', () => {
    const identity = {
      recipient: 'spam@blocked.example',
      sender: 'me@probe.example',
      ehloName: 'probe.example',
    };
    const real = rcpt('550 5.1.1 <spam@blocked.example>: user unknown');

    expect(conclude({ real, identity, control: rcpt('550 blocked.example: user unknown') })).toMatchObject({
      verdict: 'invalid',
      catchAll: 'no',
    });
  });
});
