// What a run comes to: the figures that are printed, with the bound that each must meet where there is one. Pure.

import type { InternetCounts } from './internet.ts';
import type { Measured } from './run-measured.ts';
import type { DatabaseCost } from './site.ts';

export interface RunOfOurs {
  readonly addresses: number;
  readonly measured: Measured;
  readonly seen: InternetCounts;
  readonly database: DatabaseCost;
  readonly firstVerdictMs: number | undefined;
  /** Processor time of `node -e 0`, and of a cycle that finds nothing to do. */
  readonly idle: { readonly nodeMs: number; readonly cycleMs: number };
  readonly connectionBudget: number;
}

export interface Figure {
  readonly name: string;
  readonly value: number | undefined;
  readonly unit: string;
  readonly bound?: { readonly atMost: number } | { readonly atLeast: number };
}

const MIN = 60_000;

export function figuresOf(run: RunOfOurs): readonly Figure[] {
  const { addresses, measured, seen, database } = run;
  const each = (sum: number): number => sum / addresses;
  const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);
  return [
    {
      name: 'addresses a minute',
      value: (addresses / measured.wallMs) * MIN,
      unit: '',
      bound: { atLeast: 60_000 },
    },
    { name: 'whole cycle', value: measured.wallMs / 1000, unit: 's' },
    { name: 'first verdict after', value: seconds(run.firstVerdictMs), unit: 's', bound: { atMost: 2 } },
    {
      name: 'processor time, whole tree',
      value: each(measured.cpuMs),
      unit: 'ms/address',
      bound: { atMost: 1.2 },
    },
    { name: '  orchestrator', value: each(measured.mainCpuMs), unit: 'ms/address' },
    { name: '  workers', value: each(measured.cpuMs - measured.mainCpuMs), unit: 'ms/address' },
    {
      name: 'processor time of the database',
      value: each(database.cpuMs),
      unit: 'ms/address',
      bound: { atMost: 0.3 },
    },
    { name: 'database statements', value: each(database.statements), unit: '/address' },
    { name: 'connections', value: each(seen.connections), unit: '/address', bound: { atMost: 0.35 } },
    { name: 'round trips', value: each(seen.roundTrips), unit: '/address', bound: { atMost: 1.3 } },
    { name: 'RCPTs', value: each(seen.rcpts), unit: '/address' },
    { name: 'DNS questions', value: each(seen.dnsQuestions), unit: '/address', bound: { atMost: 0.4 } },
    {
      name: 'connections at once to one host',
      value: seen.mostAtOnce,
      unit: '',
      bound: { atMost: run.connectionBudget },
    },
    { name: 'commands out of order', value: seen.violations, unit: '', bound: { atMost: 0 } },
    { name: 'workers started', value: measured.workers, unit: '' },
    { name: 'the last of them ready after', value: seconds(measured.allReadyMs), unit: 's' },
    {
      name: 'memory at the peak, whole tree',
      value: measured.peakPssMib,
      unit: 'MiB PSS',
      bound: { atMost: 1024 },
    },
    {
      name: 'idle cycle',
      value: run.idle.cycleMs / run.idle.nodeMs,
      unit: '× node -e 0',
      bound: { atMost: 2.6 },
    },
    // The measure of the machine: 46 ms on two quiet cores.
    { name: 'node -e 0', value: run.idle.nodeMs, unit: 'ms' },
  ];
}

export function isMet({ value, bound }: Figure): boolean {
  if (bound === undefined) return true;
  if (value === undefined) return false;
  return 'atMost' in bound ? value <= bound.atMost : value >= bound.atLeast;
}

/** `first verdict after   1.21 s   (at most 2)` */
export function lineOf(figure: Figure): string {
  const { name, value, unit, bound } = figure;
  const told = value === undefined ? 'never' : rounded(value);
  const asked =
    bound === undefined ? '' : 'atMost' in bound ? `at most ${bound.atMost}` : `at least ${bound.atLeast}`;
  const end = asked === '' ? '' : `  (${asked}${isMet(figure) ? '' : ': NOT MET'})`;
  return `  ${name.padEnd(34)}${told.padStart(9)} ${unit.padEnd(13)}${end}`.trimEnd();
}

function rounded(value: number): string {
  if (Number.isInteger(value) || value >= 1000) return Math.round(value).toLocaleString('en');
  return value.toFixed(value < 10 ? 3 : 1);
}
