// The table svc_verdict: what each verdict, and each deferral, stands on. One row for each row of emails that was
// decided or put off; a later result replaces it.

import type { KeptVerdict } from '../domain/kept-row.ts';
import type { Result, ResultEvidence } from '../domain/result.ts';
import { type Dialect, type Driver, type Session, type SqlValue, piecesByWeight } from './driver.ts';

/** A result and the server that held the claim under which it was found out. */
export interface Evidence {
  readonly result: Result;
  readonly server: string | null;
  /** Nothing of it was written into emails. */
  readonly isShadow: boolean;
}

const COLUMNS = [
  'row_id',
  'status',
  'reason',
  'code',
  'enhanced',
  'reply',
  'mx',
  'ip',
  'rule_id',
  'stage',
  'failure',
  'control_code',
  'control_reply',
  'known_catch_all',
  'refused_with_all',
  'quoted_sender',
  'attempt',
  'took_ms',
  'server',
  'transcript',
  'taken_from',
  'taken_from_list',
  'shadow',
] as const;

/** Writes the evidence of results whose claim was found to hold; only within the transaction that found it. */
export async function writeEvidence(
  { dialect }: Driver,
  session: Session,
  evidence: readonly Evidence[],
): Promise<void> {
  // What was taken from a row that was asked about just now was obtained now.
  const row = `(${COLUMNS.map(() => '?').join(', ')}, ${dialect.now}, CASE WHEN ? = 1 THEN COALESCE(?, ${dialect.now}) END)`;
  for (const some of piecesByWeight(evidence, weightOf)) {
    await session.execute(
      `REPLACE INTO svc_verdict (${COLUMNS.join(', ')}, decided_at, obtained_at) VALUES ${some.map(() => row).join(', ')}`,
      some.flatMap(valuesOf),
    );
  }
}

// The hosts' own words are what may be long; the rest of a row is some two hundred characters.
function weightOf({ result }: Evidence): number {
  const { text = '', controlText = '', transcript = '' } = result;
  return 200 + text.length + controlText.length + transcript.length;
}

function valuesOf({ result, server, isShadow }: Evidence): readonly SqlValue[] {
  return [
    result.id,
    result.status,
    result.reason,
    result.code ?? null,
    result.enhanced ?? null,
    result.text ?? null,
    result.mx ?? null,
    result.ip ?? null,
    result.rule ?? null,
    result.stage ?? null,
    result.failure ?? null,
    result.controlCode ?? null,
    result.controlText ?? null,
    result.knownCatchAll ?? null,
    result.refusedWithAll === true ? 1 : null,
    result.quotedSender ?? null,
    result.attempt,
    result.takenFrom === undefined ? Math.round(result.ms) : null,
    server,
    result.transcript ?? null,
    result.takenFrom?.rowId ?? null,
    result.takenFrom?.listId ?? null,
    isShadow ? 1 : null,
    result.takenFrom === undefined ? 0 : 1,
    result.takenFrom?.at ?? null,
  ];
}

/** A row of the table as a query over `v` gives it; all NULL where a join found none. */
export interface VerdictRow {
  readonly v_status: string | null;
  readonly v_reason: string;
  readonly v_code: number | null;
  readonly v_enhanced: string | null;
  readonly v_reply: string | null;
  readonly v_mx: string | null;
  readonly v_ip: string | null;
  readonly v_rule: string | null;
  readonly v_stage: string | null;
  readonly v_failure: string | null;
  readonly v_control_code: number | null;
  readonly v_control_reply: string | null;
  readonly v_known_catch_all: string | null;
  readonly v_refused_with_all: number | null;
  readonly v_quoted_sender: string | null;
  readonly v_attempt: number;
  readonly v_decided_at: number;
  readonly v_revised_at: number | null;
  readonly v_server: string | null;
  readonly v_taken_from: number | null;
  readonly v_taken_from_list: number | null;
  readonly v_obtained_at: number | null;
  readonly v_shadow: number | null;
  readonly v_transcript?: string | null;
}

/** The columns of svc_verdict `v`, as VerdictRow names them. */
export function verdictColumns({ wholeText }: Dialect, withTranscript: boolean): string {
  return [
    'v.status AS v_status, v.reason AS v_reason, v.code AS v_code, v.enhanced AS v_enhanced',
    `${wholeText('v.reply')} AS v_reply, v.mx AS v_mx, v.ip AS v_ip, v.rule_id AS v_rule, v.stage AS v_stage`,
    `v.failure AS v_failure, v.control_code AS v_control_code, ${wholeText('v.control_reply')} AS v_control_reply`,
    'v.known_catch_all AS v_known_catch_all, v.refused_with_all AS v_refused_with_all',
    'v.quoted_sender AS v_quoted_sender, v.attempt AS v_attempt, v.decided_at AS v_decided_at',
    'v.taken_from AS v_taken_from, v.taken_from_list AS v_taken_from_list, v.obtained_at AS v_obtained_at',
    `v.shadow AS v_shadow, v.revised_at AS v_revised_at, ${wholeText('v.server')} AS v_server`,
    ...(withTranscript ? [`${wholeText('v.transcript')} AS v_transcript`] : []),
  ].join(', ');
}

/** The evidence in a row that a query gave; undefined where there is none. */
export function verdictOf(row: VerdictRow): KeptVerdict | undefined {
  if (row.v_status === null) return undefined;
  return {
    status: row.v_status,
    reason: row.v_reason,
    code: row.v_code ?? undefined,
    enhanced: row.v_enhanced ?? undefined,
    text: row.v_reply ?? undefined,
    mx: row.v_mx ?? undefined,
    ip: row.v_ip ?? undefined,
    rule: row.v_rule ?? undefined,
    // Words of ours, written from these unions and never by anybody else.
    stage: (row.v_stage ?? undefined) as ResultEvidence['stage'],
    failure: (row.v_failure ?? undefined) as ResultEvidence['failure'],
    knownCatchAll: (row.v_known_catch_all ?? undefined) as ResultEvidence['knownCatchAll'],
    controlCode: row.v_control_code ?? undefined,
    controlText: row.v_control_reply ?? undefined,
    refusedWithAll: row.v_refused_with_all === 1 ? true : undefined,
    quotedSender: row.v_quoted_sender ?? undefined,
    attempt: row.v_attempt,
    decidedAt: row.v_decided_at,
    revisedAt: row.v_revised_at ?? undefined,
    server: row.v_server ?? undefined,
    transcript: row.v_transcript ?? undefined,
    isShadow: row.v_shadow === 1 ? true : undefined,
    takenFrom:
      row.v_taken_from === null
        ? undefined
        : {
            rowId: row.v_taken_from,
            listId: row.v_taken_from_list ?? undefined,
            at: row.v_obtained_at ?? undefined,
          },
  };
}
