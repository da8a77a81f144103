import { describe, expect, it } from 'vitest';
import { explain } from '../../src/domain/explain.ts';
import type { KeptRow, KeptVerdict } from '../../src/domain/kept-row.ts';
import type { Paragraph } from '../../src/domain/paragraph.ts';

const NOW = 1_000_000;

function verdict(differs: Partial<KeptVerdict> = {}): KeptVerdict {
  return {
    status: 'invalid',
    reason: 'mailbox-not-found',
    code: 550,
    enhanced: '5.1.1',
    text: '5.1.1 no such user\nsee the manual',
    stage: 'rcpt',
    rule: 'status-5.1.1',
    mx: 'mx.a.example',
    ip: '192.0.2.7',
    attempt: 2,
    decidedAt: NOW - 60,
    revisedAt: undefined,
    server: 'alpha',
    ...differs,
  };
}

function row(differs: Partial<KeptRow> = {}): KeptRow {
  return {
    id: 1,
    email: 'ann@a.example',
    listId: 7,
    listStatus: 'running',
    userId: 5,
    isProcessed: true,
    domainStatus: 0,
    domainVerified: 1,
    validationStatus: (differs.verdict ?? verdict()).status,
    validationResponse: '550 5.1.1 no such user',
    verdict: verdict(),
    waiting: undefined,
    fact: undefined,
    readAt: NOW,
    ...differs,
  };
}

const tell = (told: KeptRow): Partial<Record<Paragraph['about'], string>> =>
  Object.fromEntries(explain(told, (at) => `t${at - NOW}`).map(({ about, text }) => [about, text]));

const pending = { isProcessed: false, domainStatus: 0, validationStatus: 'pending' } as const;
const fact = {
  domain: 'a.example',
  catchAll: 'yes',
  mxSet: 'mx.a.example',
  evidence: '250 ok for anybody',
  server: 'beta',
  decidedAt: NOW - 500,
  expiresAt: NOW + 500,
} as const;

describe('explain', () => {
  it('tells a refusal from the question to the columns', () => {
    expect(tell(row())).toEqual({
      verdict: 'invalid (mailbox-not-found). The mail server says that there is no such mailbox.',
      asked: 'mx.a.example [192.0.2.7] (t-60, attempt 2, by server alpha)',
      said: '"550 5.1.1 no such user see the manual" in reply to RCPT TO with this address',
      conclusion:
        'invalid (mailbox-not-found), by rule status-5.1.1 (the enhanced status code, RFC 3463; no wording was known)',
      'why not': 'Not unknown: the answer is about this mailbox, and neither about us nor about the moment.',
      CRM: 'validation_status "invalid", domain_processed 1, domain_status 0, domain_verified 1, validation_response "550 5.1.1 no such user"',
      waiting: 'no: it is decided',
    });
  });

  it.each<{
    what: string;
    evidence: Partial<KeptVerdict>;
    says: Partial<Record<Paragraph['about'], string>>;
  }>([
    {
      what: 'a bare 550',
      evidence: { status: 'unknown', reason: 'ambiguous-reply', text: 'rejected', rule: 'code-550' },
      says: {
        'why not':
          'Not invalid: a 550 without words about a mailbox is not enough to give up a contact. It would be the same tomorrow, so it was not asked again.',
      },
    },
    {
      what: 'a refusal of everybody',
      evidence: {
        status: 'unknown',
        reason: 'refuses-everybody',
        controlCode: 550,
        controlText: 'rejected',
      },
      says: {
        control: 'an address that cannot exist was asked about at the same host, and got "550 rejected"',
        'why not': expect.stringContaining(
          'an address that cannot exist was refused in the same way',
        ) as string,
      },
    },
    {
      what: 'a vouched acceptance',
      evidence: { status: 'valid', reason: 'accepted', code: 250, controlCode: 550, controlText: 'unknown' },
      says: { 'why not': 'Not catch-all: the same host refused the address that cannot exist.' },
    },
    {
      what: 'an acceptance beside a control recipient that was put off',
      evidence: { status: 'valid', reason: 'accepted', code: 250, controlCode: 450, controlText: 'later' },
      says: {
        'why not':
          'Whether the domain accepts everybody is not known: no address that cannot exist was refused.',
      },
    },
    {
      what: 'an acceptance at a domain known to refuse unknown recipients',
      evidence: { status: 'valid', reason: 'accepted', code: 250, knownCatchAll: 'no' },
      says: {
        control:
          'not asked about an address that cannot exist: it was known already that the domain’s hosts refuse unknown recipients',
        'why not': 'Not catch-all: the mail servers of the domain refuse an address that cannot exist.',
      },
    },
    {
      what: 'silence until no attempt was left',
      evidence: {
        status: 'unknown',
        reason: 'timeout',
        code: undefined,
        text: undefined,
        stage: 'greeting',
        failure: 'timeout',
        rule: 'failure-timeout',
        attempt: 3,
      },
      says: {
        said: 'nothing within the time limit, while we awaited its greeting',
        'why not':
          'Not invalid: silence says nothing about a mailbox. It was asked about 3 times, and is not again by itself; "retry --list 7 --reason timeout" queues all of its list with this reason again.',
      },
    },
    {
      what: 'a domain that does not exist',
      evidence: {
        reason: 'no-such-domain',
        code: undefined,
        text: undefined,
        mx: undefined,
        ip: undefined,
        stage: 'dns',
        failure: 'no-such-domain',
        attempt: 1,
      },
      says: {
        asked: 'the DNS, about the domain a.example (t-60, attempt 1, by server alpha)',
        said: 'the domain does not exist (NXDOMAIN)',
      },
    },
    {
      what: 'a rule of the tables',
      evidence: { status: 'unknown', reason: 'greylisted', rule: 'greylisted' },
      says: {
        conclusion: expect.stringMatching(
          /^unknown \(greylisted\), by rule greylisted \(learned from RFC 6647.*, last checked \d{4}-\d\d\)$/,
        ) as string,
      },
    },
    {
      what: 'a refusal that asks to come again',
      evidence: { status: 'unknown', reason: 'temporary-failure', rule: 'asks-to-come-again' },
      says: {
        conclusion:
          'unknown (temporary-failure), by rule asks-to-come-again (the reply asks to come again, so that it is not final whatever else it says)',
      },
    },
    {
      what: 'a rule that is gone',
      evidence: { rule: 'of-yesterday' },
      says: {
        conclusion: expect.stringContaining('a rule that this version no longer has') as string,
      },
    },
    {
      what: 'what was decided without asking',
      evidence: {
        reason: 'syntax',
        code: undefined,
        text: undefined,
        stage: undefined,
        mx: undefined,
        ip: undefined,
        rule: undefined,
        attempt: 0,
      },
      says: {
        asked: 'nobody (t-60, by server alpha)',
        conclusion: 'invalid (syntax), from what is known here',
        'why not': 'Not unknown: no mail server can have a mailbox of that form.',
      },
    },
    {
      what: 'a row that was asked about before, and whose destination was given up',
      evidence: {
        status: 'unknown',
        reason: 'policy-block',
        code: undefined,
        text: undefined,
        stage: undefined,
        mx: undefined,
        ip: undefined,
        rule: undefined,
        attempt: 4,
      },
      says: {
        asked: 'nobody any more (t-60, by server alpha), after 4 probes before',
        conclusion: 'unknown (policy-block), from what is known here',
      },
    },
    {
      what: 'a reason that this version does not know',
      evidence: { reason: 'of-tomorrow' },
      says: {
        verdict: 'invalid (of-tomorrow). This version does not know that reason.',
        'why not': 'Nothing more is known about this reason.',
      },
    },
    {
      what: 'a conclusion that was drawn anew',
      evidence: { revisedAt: NOW - 5 },
      says: { conclusion: expect.stringMatching(/^invalid .*; drawn anew by "reclassify", t-5$/) as string },
    },
    {
      what: 'evidence of which the reply is lost',
      evidence: { code: undefined, text: undefined, mx: undefined, ip: undefined },
      says: {
        asked: 'a mail host whose name is not kept (t-60, attempt 2, by server alpha)',
        said: 'a reply that is not kept, in reply to RCPT TO with this address',
      },
    },
  ])('tells of $what', ({ evidence, says }) => {
    const kept = verdict(evidence);
    expect(tell(row({ verdict: kept, validationStatus: kept.status }))).toMatchObject(says);
  });

  it.each<{ what: string; state: Partial<KeptRow>; says: Partial<Record<Paragraph['about'], string>> }>([
    {
      what: 'waits for its next attempt',
      state: {
        ...pending,
        verdict: verdict({ status: 'deferred', reason: 'greylisted', rule: 'greylisted', code: 450 }),
        waiting: {
          dueAt: NOW + 600,
          isClaimed: false,
          server: 'alpha',
          cycleId: 'c1',
          attempts: 1,
          reason: 'greylisted',
        },
      },
      says: {
        verdict:
          'not decided; it is to be asked about again (greylisted). The mail server puts strangers off and lets them in when they come again.',
        conclusion: expect.stringContaining('another attempt is worth while (greylisted)') as string,
        waiting:
          'until t600, in 10 minutes; asked about once so far, the last time put off as greylisted; its list is running',
      },
    },
    {
      what: 'is held by a server',
      state: {
        ...pending,
        verdict: undefined,
        waiting: {
          dueAt: NOW + 200,
          isClaimed: true,
          server: 'beta',
          cycleId: 'c2',
          attempts: 0,
          reason: undefined,
        },
      },
      says: {
        verdict: 'not decided; this program has asked nobody about it yet',
        waiting:
          'no: server beta holds a claim on it until t200 (cycle c2); not asked about so far; its list is running',
      },
    },
    {
      what: 'took its verdict from another row',
      state: {
        verdict: verdict({ takenFrom: { rowId: 17, listId: 3, at: NOW - 500 }, attempt: 2 }),
      },
      says: {
        verdict: expect.stringMatching(/^invalid \(mailbox-not-found\)/) as string,
        asked:
          'mx.a.example [192.0.2.7], for row 17 of list 3 at t-500: it has the same address, so the answer was taken over (t-60, by server alpha)',
        said: expect.stringContaining('no such user') as string,
      },
    },
    {
      what: 'waits with another row',
      state: {
        ...pending,
        verdict: verdict({
          status: 'deferred',
          reason: 'greylisted',
          attempt: 0,
          takenFrom: { rowId: 17, at: NOW - 500 },
        }),
        waiting: {
          dueAt: NOW + 90,
          isClaimed: false,
          server: undefined,
          cycleId: undefined,
          attempts: 0,
          reason: 'greylisted',
        },
      },
      says: {
        asked: expect.stringContaining('for row 17 at t-500') as string,
        waiting:
          'until t90, in 90 seconds, together with the row of the same address that was asked about; not asked about so far; its list is running',
      },
    },
    {
      what: 'was left to another server',
      state: {
        ...pending,
        verdict: undefined,
        waiting: {
          dueAt: NOW + 30,
          isClaimed: false,
          server: 'alpha',
          cycleId: 'c1',
          attempts: 0,
          reason: undefined,
        },
      },
      says: {
        waiting:
          'until t30, in 30 seconds, since another server had a row of the same address in hand, or its destination was paused or left alone; not asked about so far; its list is running',
      },
    },
    {
      what: 'is due',
      state: {
        ...pending,
        verdict: undefined,
        waiting: {
          dueAt: NOW - 5,
          isClaimed: false,
          server: undefined,
          cycleId: undefined,
          attempts: 0,
          reason: undefined,
        },
      },
      says: {
        waiting: 'for the next cycle: it is due since t-5; not asked about so far; its list is running',
      },
    },
    {
      what: 'was never touched',
      state: { ...pending, verdict: undefined },
      says: { waiting: 'for its first turn: no cycle has claimed it yet; its list is running' },
    },
    {
      what: 'was decided in a shadow run alone',
      state: { ...pending, verdict: verdict({ isShadow: true }) },
      says: {
        verdict: expect.stringContaining(
          'not decided; a shadow run of ours came to invalid (mailbox-not-found), and wrote nothing into emails. The mail',
        ) as string,
      },
    },
    {
      what: 'was decided otherwise beside a shadow run',
      state: { validationStatus: 'valid', verdict: verdict({ isShadow: true }) },
      says: {
        verdict: expect.stringContaining(
          'valid, by another program; a shadow run of ours came to invalid (mailbox-not-found), and wrote nothing',
        ) as string,
        waiting: 'no: it is decided',
      },
    },
    {
      what: 'was decided alike beside a shadow run',
      state: { validationStatus: 'invalid', verdict: verdict({ isShadow: true }) },
      says: {
        verdict: expect.stringContaining(
          'invalid, by another program; a shadow run of ours came to the same (mailbox-not-found)',
        ) as string,
      },
    },
    {
      what: 'was decided while a shadow run waits to ask again',
      state: {
        validationStatus: 'invalid',
        verdict: verdict({ isShadow: true, status: 'deferred', reason: 'greylisted' }),
        waiting: {
          dueAt: NOW + 90,
          isClaimed: false,
          server: undefined,
          cycleId: undefined,
          attempts: 1,
          reason: 'greylisted',
        },
      },
      says: {
        verdict: expect.stringContaining(
          'invalid, by another program; a shadow run of ours is to ask about it again (greylisted)',
        ) as string,
        waiting: expect.stringMatching(/^until t90, in 90 seconds; asked about once/) as string,
      },
    },
    {
      what: 'took over what its own shadow run came to',
      state: { verdict: verdict({ takenFrom: { rowId: 1, listId: 7, at: NOW - 900 } }) },
      says: {
        asked: expect.stringMatching(
          /in a shadow run at t-900: the answer was taken over from there/,
        ) as string,
      },
    },
    {
      what: 'is at a domain of which that was learned later',
      state: {
        fact: { ...fact, decidedAt: NOW - 10 },
        validationStatus: 'catch-all',
        verdict: verdict({ status: 'catch-all', reason: 'accepts-all', code: 250, knownCatchAll: 'yes' }),
      },
      says: { 'why not': expect.not.stringContaining('250 ok for anybody') as string },
    },
    {
      what: 'was asked about, with the evidence lost',
      state: {
        ...pending,
        verdict: undefined,
        waiting: {
          dueAt: NOW + 90,
          isClaimed: false,
          server: undefined,
          cycleId: undefined,
          attempts: 3,
          reason: 'timeout',
        },
      },
      says: {
        verdict: 'not decided; it was asked about 3 times, and nothing is kept of what was said',
        waiting: expect.stringMatching(/^until t90, in 90 seconds; asked about 3 times so far/) as string,
      },
    },
    {
      what: 'belongs to nobody',
      state: { ...pending, verdict: undefined, userId: undefined, listStatus: undefined },
      says: { waiting: 'for an owner: neither the row nor its list names a user, so no cycle ever takes it' },
    },
    {
      what: 'was put off by us and decided by another program',
      state: { validationStatus: 'valid', verdict: verdict({ status: 'deferred', reason: 'greylisted' }) },
      says: { verdict: expect.stringContaining('ours had put it off (greylisted)') as string },
    },
    {
      what: 'has no status and no response',
      state: { validationStatus: undefined, validationResponse: undefined, verdict: undefined },
      says: {
        verdict: expect.stringMatching(/^without a status; no evidence is kept/) as string,
        CRM: 'validation_status NULL, domain_processed 1, domain_status 0, domain_verified 1, validation_response NULL',
      },
    },
    {
      what: 'is written with letters beyond ASCII',
      state: { email: 'ann@bücher.example' },
      says: { asked: expect.stringContaining('about <ann@xn--bcher-kva.example>') as string },
    },
    {
      what: 'was queued again',
      state: { ...pending, verdict: verdict({ status: 'unknown', reason: 'timeout' }) },
      says: {
        verdict:
          'not decided: it was queued again after it had been unknown (timeout); below is what that stood on',
      },
    },
    {
      what: 'was decided by another program',
      state: { validationStatus: 'valid', verdict: undefined },
      says: {
        verdict: 'valid; no evidence is kept: it was decided by another program, or before evidence was kept',
      },
    },
    {
      what: 'was changed by another program',
      state: { validationStatus: 'valid' },
      says: { verdict: expect.stringContaining('ours had come to invalid (mailbox-not-found)') as string },
    },
    {
      what: 'is at a domain known to accept everybody',
      state: {
        fact,
        validationStatus: 'catch-all',
        verdict: verdict({ status: 'catch-all', reason: 'accepts-all', code: 250, knownCatchAll: 'yes' }),
      },
      says: {
        control:
          'not asked about an address that cannot exist: it was known already that the domain’s hosts accept everybody',
        'why not': expect.stringContaining('"250 ok for anybody"') as string,
        domain:
          'its hosts accept everybody: learned t-500 by server beta from "250 ok for anybody", said to an address that cannot exist, for the mail hosts mx.a.example, believed until t500',
      },
    },
  ])('tells that a row $what', ({ state, says }) => {
    expect(tell(row(state))).toMatchObject(says);
  });
});
