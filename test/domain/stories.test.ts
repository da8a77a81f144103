// Prints the story of a row for every reason there is, so that each sentence can be read: test/domain/stories.txt.
// The evidence is what the program itself keeps: the results are made as a worker makes them.
// After a change: npx vitest run test/domain/stories.test.ts -u

import { describe, expect, it } from 'vitest';
import { explain } from '../../src/domain/explain.ts';
import type { CatchAll } from '../../src/domain/catch-all.ts';
import type { Finding } from '../../src/domain/finding.ts';
import type { KeptRow, KeptVerdict } from '../../src/domain/kept-row.ts';
import type { Failure, Observation, Stage } from '../../src/domain/observation.ts';
import type { Reason } from '../../src/domain/reason.ts';
import { unlessNeverAsked } from '../../src/domain/destination-policy.ts';
import { preCheck } from '../../src/domain/pre-check.ts';
import { REASONS } from '../../src/domain/reasons-explained.ts';
import { parseReplyText } from '../../src/domain/reply.ts';
import type { Result } from '../../src/domain/result.ts';
import type { Route } from '../../src/domain/route.ts';
import { RETRY_POLICY, waitsOf } from '../../src/domain/retry-policy.ts';
import type { ProbeRow } from '../../src/domain/row.ts';
import { DOMAIN_STATUS } from '../../src/domain/verdict.ts';
import { decidedResult, makeResult } from '../../src/worker/make-result.ts';

const NOW = 1_000_000;
const POLICY = {
  ehloName: 'verify.example.net',
  mailFrom: 'probe@example.net',
  controlKey: 'k',
  retryDelaysSeconds: [300],
};

const KNOWLEDGE = {
  excludedAccounts: new Set(['postmaster']),
  excludedDomains: new Map([['partner.example', '192.0.2.99']]),
  disposableDomains: new Set(['trash.example']),
};

/** What happened to a row, as briefly as it can be said. */
interface Happening {
  readonly reason: Reason;
  readonly what?: string;
  readonly email?: string;
  /** What was said, and where. */
  readonly said?: string;
  readonly stage?: Stage;
  readonly failure?: Failure;
  readonly control?: string;
  readonly known?: CatchAll;
  readonly host?: string;
  readonly withAll?: true;
  /** Probes before this one; where time may settle it so many that none is left, unless it says otherwise. */
  readonly before?: number;
}

const HAPPENINGS: readonly Happening[] = [
  { reason: 'accepted', said: '250 2.1.5 Ok', control: '550 5.1.1 User unknown' },
  { reason: 'accepted', what: 'at a known domain', said: '250 2.1.5 Ok', known: 'no' },
  {
    reason: 'catch-all-unknown',
    said: '250 2.1.5 Ok',
    control: '450 4.2.0 Greylisted, try again in 300 seconds',
  },
  { reason: 'accepts-all', said: '250 2.1.5 Ok', control: '250 2.1.5 Ok' },
  { reason: 'accepts-all', what: 'at a known domain', said: '250 2.1.5 Ok', known: 'yes' },
  {
    reason: 'provider-accepts-all',
    email: 'ann@yahoo.com',
    said: '250 recipient ok',
    host: 'mta5.am0.yahoodns.net',
  },
  { reason: 'accepted-unverified', said: '252 2.1.5 Cannot VRFY user, but will accept message' },
  {
    reason: 'mailbox-not-found',
    said: '550-5.1.1 The email account that you tried to reach does not exist.\n550 5.1.1 See the manual',
  },
  { reason: 'mailbox-not-found', what: 'by its code', said: '550 5.1.1 nix' },
  {
    reason: 'mailbox-not-found',
    what: 'of an international address',
    email: 'ann@Bücher.example',
    said: '550 5.1.1 User unknown',
  },
  { reason: 'mailbox-disabled', said: '550 5.2.1 The email account that you tried to reach is disabled.' },
  { reason: 'mailbox-moved', said: '551 5.1.6 User has moved to ann@b.example' },
  { reason: 'mailbox-full', said: '452 4.2.2 The email account that you tried to reach is over quota.' },
  { reason: 'address-rejected', said: '553 5.1.3 Invalid address format' },
  {
    reason: 'domain-not-served',
    said: '554 5.7.1 We do not relay mail for this domain: no such domain here',
  },
  {
    reason: 'domain-not-served',
    what: 'for the moment',
    said: '450 4.7.1 Relaying temporarily denied',
  },
  { reason: 'smtputf8-unsupported', email: 'jörg@a.example' },
  { reason: 'greylisted', said: '450 4.2.0 Greylisted, please try again later' },
  {
    reason: 'greylisted',
    what: 'and deferred',
    said: '450 4.2.0 Greylisted, please try again later',
    before: 0,
  },
  {
    reason: 'rate-limited',
    said: '421 4.7.28 Our system has detected an unusual rate of mail; too many connections',
  },
  { reason: 'too-many-recipients', said: '452 4.5.3 Too many recipients' },
  { reason: 'temporary-failure', said: '451 4.3.0 Temporary server error. Please try again later' },
  {
    reason: 'policy-block',
    said: '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
  },
  { reason: 'policy-block', what: 'at once', stage: 'greeting', said: '554 5.7.1 No service for you' },
  { reason: 'sender-rejected', stage: 'mail', said: '550 5.1.8 Sender address rejected: Domain not found' },
  { reason: 'auth-or-tls-required', said: '530 5.7.0 Authentication required' },
  {
    reason: 'refuses-everybody',
    said: '550 Requested action not taken',
    control: '550 Requested action not taken',
  },
  { reason: 'refuses-everybody', what: 'in a session', said: '550 5.7.1 Relaying denied', withAll: true },
  { reason: 'ambiguous-reply', said: '550 No thank you' },
  { reason: 'timeout', stage: 'greeting', failure: 'timeout' },
  { reason: 'timeout', what: 'at the connection', stage: 'connect', failure: 'timeout' },
  { reason: 'connection-refused', stage: 'connect', failure: 'refused' },
  { reason: 'connection-failed', stage: 'connect', failure: 'unreachable' },
  { reason: 'connection-lost', stage: 'rcpt', failure: 'lost' },
  { reason: 'protocol-error', stage: 'greeting', failure: 'garbled' },
  { reason: 'dns-failure', stage: 'dns', failure: 'dns-failure' },
  { reason: 'no-such-domain', stage: 'dns', failure: 'no-such-domain' },
  { reason: 'null-mx', stage: 'dns', failure: 'null-mx' },
  { reason: 'no-mail-host', stage: 'dns', failure: 'no-mail-host' },
  { reason: 'private-host', stage: 'dns', failure: 'private-host' },
  { reason: 'syntax', email: 'ann@@a.example' },
  { reason: 'disposable-domain', email: 'ann@trash.example' },
  { reason: 'excluded-account', email: 'postmaster@a.example' },
  { reason: 'excluded-domain', email: 'ann@partner.example' },
  { reason: 'provider-policy' },
  { reason: 'worker-crashed' },
];

function resultOf(happening: Happening): Result {
  const { email = 'ann@a.example', reason } = happening;
  const before = probesBefore(happening);
  const claimed = {
    id: 4711,
    listId: 12,
    email,
    attempts: before,
    throttles: throttlesOf(happening),
    token: 't',
  };
  const row: ProbeRow = preCheck(claimed, KNOWLEDGE);
  if (reason === 'provider-policy') {
    const route: Route = { type: 'hosts', hosts: [], destination: 'outlook' };
    const { target } = unlessNeverAsked(row, route, () => false);
    if (target.type === 'decided') return decidedResult(row, target);
  }
  if (row.target.type === 'decided') return decidedResult(row, row.target);
  if (row.target.type === 'known') return row.target.result;
  if (reason === 'worker-crashed') return crashed(row);
  const evidence = { found: findingOf(happening), control: controlOf(happening), catchAll: happening.known };
  const { result } = makeResult(
    row,
    row.target.address,
    { ...evidence, isRefusedWithAll: happening.withAll, ms: 1 },
    POLICY,
    0,
  );
  return result;
}

function probesBefore({ reason, before }: Happening): number {
  return before ?? (waitsOf(reason, POLICY.retryDelaysSeconds).length > 0 ? 10 : 0);
}

// Their probes use up another count, of which there must be none left either.
function throttlesOf(happening: Happening): number {
  return RETRY_POLICY[happening.reason].isAttempt ? 0 : probesBefore(happening);
}

function findingOf({ reason, said, failure, stage = 'rcpt', host = 'mx.a.example' }: Happening): Finding {
  const at = stage === 'dns' ? {} : { host, ip: '192.0.2.7' };
  if (reason === 'smtputf8-unsupported') return { type: 'smtputf8-unsupported', ...at };
  return failure === undefined ? replyOf(said ?? '', stage, at) : { type: 'failure', stage, failure, ...at };
}

function controlOf({ control, host = 'mx.a.example' }: Happening): Observation | undefined {
  return control === undefined ? undefined : replyOf(control, 'rcpt', { host, ip: '192.0.2.7' });
}

function replyOf(text: string, stage: Stage, at: { host?: string; ip?: string }): Observation {
  return { type: 'reply', stage, ...at, reply: parseReplyText(text)! };
}

// As the parent makes it of a row that was in two dead workers (pool/crash-ledger.ts).
function crashed({ id, listId, email, token }: ProbeRow): Result {
  return {
    id,
    listId,
    email,
    status: 'unknown',
    reason: 'worker-crashed',
    code: undefined,
    enhanced: undefined,
    response: 'failed to connect: the worker ended',
    mx: undefined,
    ip: undefined,
    answered: false,
    attempt: 5,
    throttles: 0,
    ms: 0,
    retryInSeconds: undefined,
    token,
  };
}

function keptRow(result: Result): KeptRow {
  const verdict: KeptVerdict = { ...result, decidedAt: NOW - 60, revisedAt: undefined, server: 'alpha' };
  const isDeferred = result.status === 'deferred';
  return {
    id: result.id,
    email: result.email,
    listId: result.listId,
    listStatus: 'running',
    userId: 5,
    isProcessed: !isDeferred,
    domainStatus: result.status === 'deferred' ? 0 : DOMAIN_STATUS[result.status],
    domainVerified: result.answered ? 1 : 0,
    validationStatus: isDeferred ? 'pending' : result.status,
    validationResponse: isDeferred ? undefined : result.response,
    verdict,
    waiting: isDeferred
      ? {
          dueAt: NOW + 300,
          isClaimed: false,
          server: 'alpha',
          cycleId: 'c1',
          attempts: result.attempt,
          reason: result.reason,
        }
      : undefined,
    fact: undefined,
    readAt: NOW,
  };
}

describe('the stories of all reasons', () => {
  it.each(HAPPENINGS)('happen: $reason $what', (happening) => {
    const { reason, status } = resultOf(happening);

    expect(reason).toBe(happening.reason);
    if (status !== 'deferred') expect(REASONS[reason].verdicts).toContain(status);
  });

  it('leave no reason out', () => {
    expect(new Set(HAPPENINGS.map(({ reason }) => reason))).toEqual(new Set(Object.keys(REASONS)));
  });

  it('deny the verdict that they tell in no sentence', () => {
    for (const happening of HAPPENINGS) {
      const result = resultOf(happening);
      const whyNot = explain(keptRow(result), String).find(({ about }) => about === 'why not')!.text;

      expect(whyNot, happening.reason).not.toMatch(new RegExp(`Not ${result.status}\\b(?!-)`));
    }
  });

  it('are what stories.txt says', async () => {
    const stories = HAPPENINGS.map((happening) => {
      const paragraphs = explain(
        keptRow(resultOf(happening)),
        (at) => `12:${String(30 + (at - NOW) / 60).padStart(2, '0')}`,
      );
      const title = [happening.reason, happening.what].filter((word) => word !== undefined).join(', ');
      return [`== ${title}`, ...paragraphs.map(({ about, text }) => `${about}: ${text}`), ''].join('\n');
    });

    await expect(`${stories.join('\n')}`).toMatchFileSnapshot('stories.txt');
  });
});
