// Turns a row and what was found out about it into the row's result. Pure: what the evidence means is
// domain/conclude.ts, whether the row is tried again domain/decide-next.ts; here the pieces are put together.

import { formatAddress, type Address } from '../domain/address.ts';
import type { CatchAll } from '../domain/catch-all.ts';
import type { ProbeIdentity } from '../domain/classify.ts';
import { conclude } from '../domain/conclude.ts';
import { decideNext } from '../domain/decide-next.ts';
import type { Finding } from '../domain/finding.ts';
import { keepEvidence } from '../domain/keep-evidence.ts';
import type { Observation } from '../domain/observation.ts';
import { providerOf } from '../domain/providers.ts';
import { responseText } from '../domain/response-text.ts';
import type { Result } from '../domain/result.ts';
import type { ProbeRow, Target } from '../domain/row.ts';
import type { ProbeSettings } from './messages.ts';

/** What was found out about an address. */
export interface Evidence {
  readonly found: Finding;
  /** What the same host said to the control recipient, where it was asked. */
  readonly control: Observation | undefined;
  /** What is known of the domain from elsewhere. */
  readonly catchAll: CatchAll | undefined;
  /** The session refused everybody alike (domain/session-sense.ts). */
  readonly isRefusedWithAll?: boolean | undefined;
  readonly ms: number;
  /** The dialogue about it, line by line, where it was kept. */
  readonly transcript?: readonly string[] | undefined;
}

export type ResultPolicy = Pick<ProbeSettings, 'ehloName' | 'mailFrom' | 'controlKey' | 'retryDelaysSeconds'>;

export interface MadeResult {
  readonly result: Result;
  /** What the control recipient taught about the domain. */
  readonly learned: CatchAll | undefined;
}

/**
 * The result of a row that was settled without asking anybody. An `unknown` ends a row that may have been asked about before, and
 * keeps how often; a verdict is as if it never was, so that it counts as nobody's word.
 */
export function decidedResult(row: ProbeRow, target: Extract<Target, { type: 'decided' }>): Result {
  const before = target.verdict === 'unknown' ? row : { attempts: 0, throttles: 0 };
  return {
    id: row.id,
    listId: row.listId,
    email: row.email,
    token: row.token,
    status: target.verdict,
    reason: target.reason,
    code: undefined,
    enhanced: undefined,
    response: target.response,
    mx: undefined,
    ip: undefined,
    answered: false,
    attempt: before.attempts,
    throttles: before.throttles,
    ms: 0,
    retryInSeconds: undefined,
  };
}

/** The result of a row that somebody was asked about: a mail server, or the DNS. `random` (0 to 1) scatters the next attempt. */
export function makeResult(
  row: ProbeRow,
  address: Address,
  { found, control, catchAll, isRefusedWithAll, ms, transcript }: Evidence,
  policy: ResultPolicy,
  random: number,
): MadeResult {
  const identity = identityFor(address, found, policy);
  const { provider } = identity;
  const conclusion = conclude({ real: found, identity, control, catchAll, provider, isRefusedWithAll });
  const next = decideNext(conclusion, row, policy.retryDelaysSeconds, random);
  const reply = found.type === 'reply' ? found.reply : undefined;
  const isAccepted = next.status === 'valid' || next.status === 'catch-all';
  const evidence = keepEvidence({
    found,
    control,
    catchAll,
    isRefusedWithAll,
    rule: conclusion.rule,
    mailFrom: policy.mailFrom,
    transcript,
  });
  // Member by member: to spread objects into it costs more than all that it holds.
  return {
    result: {
      id: row.id,
      listId: row.listId,
      email: row.email,
      status: next.status,
      reason: conclusion.reason,
      code: reply?.code,
      enhanced: reply?.enhanced,
      response: (isAccepted ? found.ip : undefined) ?? responseText(found),
      mx: found.host,
      ip: found.ip,
      answered: found.type !== 'failure',
      attempt: next.probes.attempts,
      throttles: next.probes.throttles,
      ms,
      retryInSeconds: next.retryInSeconds,
      token: row.token,
      stage: evidence.stage,
      failure: evidence.failure,
      rule: evidence.rule,
      text: evidence.text,
      controlCode: evidence.controlCode,
      controlText: evidence.controlText,
      knownCatchAll: evidence.knownCatchAll,
      refusedWithAll: evidence.refusedWithAll,
      quotedSender: evidence.quotedSender,
      transcript: evidence.transcript,
    },
    learned: conclusion.catchAll,
  };
}

/** The names that `found` only quotes, and whose host said it. */
export function identityFor(
  address: Address,
  { host }: Finding,
  { mailFrom, ehloName }: ResultPolicy,
): ProbeIdentity {
  return {
    recipient: formatAddress(address),
    sender: mailFrom,
    ehloName,
    provider: host === undefined ? undefined : providerOf(host)?.name,
  };
}
