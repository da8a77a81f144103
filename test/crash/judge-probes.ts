// Holds what the MX hosts saw against the rows' schedules and the results that workers wrote down: nobody is asked twice but
// for what was in flight when something was hit. Pure.

import { counted } from '../../src/domain/amounts.ts';
import { groupBy } from '../../src/domain/group-by.ts';
import type { ExpectedAddress } from '../support/internet/world.ts';
import type { AskedRcpt, LoggedResult } from './rcpts.ts';

/** A row as it was imported, and what must become of it. */
export interface ImportedRow {
  readonly id: number;
  readonly listId: number;
  readonly expected: ExpectedAddress;
  /** The address as it stands in RCPT; undefined for a text that is no address. */
  readonly asked: string | undefined;
}

/** A result in the log of a server's worker. */
export interface ServerResult extends LoggedResult {
  /** The server's address, as the witness has it. */
  readonly client: string;
}

/** Something that was done to a server's processes. */
export interface Blow {
  readonly client: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** For how long it may still cost a RCPT: workers notice within seconds that their orchestrator is dead. */
  readonly lastsMs: number;
}

export interface ProbeFindings {
  readonly imported: readonly ImportedRow[];
  readonly rcpts: readonly AskedRcpt[];
  readonly results: readonly ServerResult[];
  readonly blows: readonly Blow[];
  /** How often the schedule probes an address whose host never settles it. */
  readonly maxAttempts: number;
}

/** Something that is not as it must be; `rowIds` are those whose history explains it. */
export interface Difference {
  readonly sentence: string;
  readonly rowIds: readonly number[];
}

export interface Judgement {
  readonly differences: readonly Difference[];
  /** RCPTs beyond what the schedule asks. */
  readonly doubles: number;
  /** RCPTs that led to no result, since their server was hit before: so many may be asked again. */
  readonly inFlight: number;
}

/** All that is known of one address. */
interface Case {
  readonly address: string;
  readonly rows: readonly ImportedRow[];
  readonly rcpts: readonly AskedRcpt[];
  readonly results: readonly ServerResult[];
}

/**
 * An address may be asked as often as its rows' schedule says, once more after an attempt that was put off, and once more
 * after one whose server was hit before a result was written down. No row gets a second verdict.
 */
export function judgeProbes(findings: ProbeFindings): Judgement {
  const judged = casesOf(findings).map((one) => judgeCase(one, findings));
  return {
    differences: judged.flatMap(({ differences }) => differences),
    doubles: judged.reduce((sum, { doubles }) => sum + doubles, 0),
    inFlight: judged.reduce((sum, { inFlight }) => sum + inFlight, 0),
  };
}

function casesOf({ imported, rcpts, results }: ProbeFindings): Case[] {
  const rcptsOf = groupBy(rcpts, ({ address }) => address);
  const resultsOf = groupBy(results, ({ email }) => email);
  return [...groupBy(imported, ({ asked }) => asked)].flatMap(([address, rows]): Case[] => {
    if (address === undefined) return [];
    const emails = new Set(rows.map(({ expected }) => expected.email));
    return [
      {
        address,
        rows,
        rcpts: (rcptsOf.get(address) ?? []).toSorted((a, b) => a.at - b.at),
        results: [...emails].flatMap((email) => resultsOf.get(email) ?? []),
      },
    ];
  });
}

function judgeCase(one: Case, { blows, maxAttempts }: ProbeFindings): Judgement {
  const { address, rows, rcpts, results } = one;
  const verdicts = results.filter(({ isFinal }) => isFinal).length;
  const bySchedule = rows.reduce((sum, { expected }) => sum + attemptsOf(expected, maxAttempts), 0);
  const due = Math.max(bySchedule, rows.length + results.length - verdicts);
  const doubles = Math.max(0, rcpts.length - due);
  const inFlight = interrupted(one, blows).length;
  const sentences = [
    ...(verdicts > rows.length
      ? [
          `${address} got ${verdicts} verdicts in ${counted(rows.length, 'row')}: one was lost, or probed for again`,
        ]
      : []),
    ...(doubles > inFlight
      ? [
          `${address} was asked about ${rcpts.length} times, ${due} by its schedule and ${inFlight} times in flight when its server was hit`,
        ]
      : []),
  ];
  const rowIds = rows.map(({ id }) => id);
  return { differences: sentences.map((sentence) => ({ sentence, rowIds })), doubles, inFlight };
}

/** The RCPTs that no result came of, and after which their server was hit before the address was asked about for the last time. */
function interrupted({ rcpts, results }: Case, blows: readonly Blow[]): AskedRcpt[] {
  const last = rcpts.at(-1)?.at ?? 0;
  return withoutResult(rcpts, results).filter(({ client, at }) =>
    blows.some((blow) => blow.client === client && blow.at + blow.lastsMs >= at && blow.at <= last),
  );
}

/** Each result is of the last RCPT before it, by the same server; gives the RCPTs that are left. */
function withoutResult(rcpts: readonly AskedRcpt[], results: readonly ServerResult[]): AskedRcpt[] {
  const open = [...rcpts];
  for (const { client, at } of results.toSorted((a, b) => a.at - b.at)) {
    // The log says seconds.
    const place = open.findLastIndex((rcpt) => rcpt.client === client && rcpt.at < at + 1_000);
    if (place >= 0) open.splice(place, 1);
  }
  return open;
}

function attemptsOf({ verdict, kind }: ExpectedAddress, maxAttempts: number): number {
  if (verdict === 'unknown') return maxAttempts;
  return kind === 'greylisted' || kind === 'greylisting' ? 2 : 1;
}
