// What a crash test says at its end. Pure.

import type { DoneFault } from './faults.ts';
import type { Judgement } from './judge-probes.ts';

export interface Run {
  readonly seed: number;
  readonly seconds: number;
  readonly rows: number;
  readonly rcpts: number;
  /** Starts of the program. */
  readonly cycles: number;
  readonly faults: readonly DoneFault[];
  readonly judgement: Judgement;
}

const MAX_LISTED = 30;

export function summaryLines(run: Run): string[] {
  const { differences, doubles, inFlight } = run.judgement;
  return [
    `Faults: ${counts(run.faults)}.`,
    `${run.rows} rows, ${run.rcpts} RCPTs, ${run.cycles} starts of the program.`,
    `${doubles} RCPTs were double; ${inFlight} had no result when their server was hit, and so many may be.`,
    `${differences.length === 0 ? 'All is as it must be' : `${differences.length} things are not as they must be`}; seed ${run.seed}, ${run.seconds} s.`,
  ];
}

export function failureLines({ seed, faults, judgement }: Run, folder: string): string[] {
  const { differences } = judgement;
  return [
    ...differences.slice(0, MAX_LISTED).map(({ sentence }) => `- ${sentence}`),
    ...(differences.length > MAX_LISTED ? [`… and ${differences.length - MAX_LISTED} more`] : []),
    `The last faults: ${faults
      .slice(-5)
      .map(({ at, kind, victim }) => `${new Date(at).toISOString()} ${kind} (${victim})`)
      .join(', ')}`,
    `Again with: npm run test:crash -- --seed ${seed} --kills N. Logs and storage: ${folder}`,
  ];
}

function counts(faults: readonly DoneFault[]): string {
  const byKind = new Map<string, number>();
  for (const { kind } of faults) byKind.set(kind, (byKind.get(kind) ?? 0) + 1);
  return [...byKind].map(([kind, count]) => `${count} × ${kind}`).join(', ');
}
