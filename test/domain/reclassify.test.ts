import { describe, expect, it } from 'vitest';
import type { KeptVerdict } from '../../src/domain/kept-row.ts';
import { reclassify } from '../../src/domain/reclassify.ts';

function kept(differs: Partial<KeptVerdict>): KeptVerdict {
  return {
    status: 'invalid',
    reason: 'mailbox-not-found',
    code: 550,
    enhanced: undefined,
    text: 'no such user here',
    stage: 'rcpt',
    rule: 'of-yesterday',
    mx: 'mx.a.example',
    ip: '192.0.2.7',
    attempt: 1,
    decidedAt: 0,
    revisedAt: undefined,
    server: 'alpha',
    ...differs,
  };
}
const judge = (differs: Partial<KeptVerdict>) =>
  reclassify({ id: 1, email: 'ann@a.example', listId: 7, verdict: kept(differs) }, 'verifier.example.net');

describe('reclassify', () => {
  it.each<{ what: string; evidence: Partial<KeptVerdict> }>([
    { what: 'the rules agree with', evidence: {} },
    { what: 'nobody was asked for', evidence: { stage: undefined, reason: 'syntax' } },
    {
      what: 'a whole session got, whose words alone would be a verdict',
      evidence: {
        status: 'unknown',
        reason: 'refuses-everybody',
        text: '5.7.1 Relaying denied',
        refusedWithAll: true,
      },
    },
    {
      what: 'a whole session got, as earlier versions kept it',
      evidence: { status: 'unknown', reason: 'refuses-everybody', text: '5.7.1 Relaying denied' },
    },
    { what: 'waits', evidence: { status: 'deferred', text: 'blocked' } },
    {
      what: 'had its attempts used up, and would be tried again today',
      evidence: { status: 'unknown', reason: 'greylisted', code: 450, text: '4.2.0 Greylisted' },
    },
    {
      what: 'failed on the network',
      evidence: {
        status: 'unknown',
        reason: 'timeout',
        code: undefined,
        text: undefined,
        failure: 'timeout',
      },
    },
    {
      what: 'was accepted at a domain known to accept all',
      evidence: { status: 'catch-all', reason: 'accepts-all', code: 250, text: 'ok', knownCatchAll: 'yes' },
    },
    {
      what: 'was accepted beside a control recipient that was accepted too',
      evidence: {
        status: 'catch-all',
        reason: 'accepts-all',
        code: 250,
        text: 'ok',
        controlCode: 250,
        controlText: 'ok',
      },
    },
    {
      what: 'names our sender of that time as the unknown one',
      evidence: {
        status: 'unknown',
        reason: 'sender-rejected',
        text: '<probe@old.example.net>: user unknown',
        quotedSender: 'probe@old.example.net',
      },
    },
  ])('leaves alone what $what', ({ evidence }) => {
    expect(judge(evidence)).toBeUndefined();
  });

  it.each<{ what: string; evidence: Partial<KeptVerdict>; to: object }>([
    {
      what: 'a block that was taken for an unknown mailbox',
      evidence: { text: '5.7.1 Service unavailable; Client host blocked using zen.spamhaus.org' },
      to: { from: 'invalid', fromReason: 'mailbox-not-found', to: 'unknown', reason: 'policy-block' },
    },
    {
      what: 'greylisting that was taken for an unknown mailbox: what would be tried again is unknown',
      evidence: { code: 450, text: '4.2.0 Greylisted, come back later' },
      to: { to: 'unknown', reason: 'greylisted', response: '450 4.2.0 Greylisted, come back later' },
    },
    {
      what: 'an acceptance that was taken for a refusal',
      evidence: { code: 250, text: '2.1.5 ok', controlCode: 550, controlText: '5.1.1 no such user' },
      to: { to: 'valid', reason: 'accepted', rule: 'code-250', response: '192.0.2.7' },
    },
    {
      what: 'an acceptance of everybody that was taken for a vouching',
      evidence: {
        status: 'valid',
        reason: 'accepted',
        code: 250,
        text: 'ok',
        controlCode: 250,
        controlText: 'ok',
      },
      to: { to: 'catch-all', reason: 'accepts-all' },
    },
    {
      what: 'a domain that does not exist',
      evidence: {
        status: 'unknown',
        reason: 'dns-failure',
        stage: 'dns',
        failure: 'no-such-domain',
        code: undefined,
        text: undefined,
      },
      to: { to: 'invalid', reason: 'no-such-domain', response: undefined },
    },
  ])('sees otherwise today: $what', ({ evidence, to }) => {
    expect(judge(evidence)).toMatchObject({ id: 1, listId: 7, email: 'ann@a.example', ...to });
  });
});
