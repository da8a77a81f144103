// Judges how a worker's process ended, and says it in a sentence for the log: what happened, after how much,
// and what becomes of the rest. The one place that does; pure. The pool acts on the judgement.

import { cleanLine } from '../domain/clean-text.ts';

/** Why we killed a process ourselves. */
export type KillCause =
  | 'not-ready' // never said `ready`
  | 'silent' // did not even say `alive`
  | 'deaf' // was told to finish or to end, and did not
  | 'malformed' // sent what is no message
  | 'given-up'; // a second signal: what is in flight is given up

/** How a process ended, as its parent saw it. */
export interface ProcessEnd {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly wasReady: boolean;
  /** True when it had been told to end. */
  readonly wasStopped: boolean;
  readonly killedFor: KillCause | undefined;
  /** What goes with the cause: the limit that was passed, the malformed message, why there was no process at all. */
  readonly detail: string | undefined;
  /** The last it wrote to stderr. */
  readonly stderr: string;
}

/** What the worker had in hand. */
export interface WorkDone {
  readonly slot: number;
  /** Rows given and results taken in its last assignment. */
  readonly given: number;
  readonly reported: number;
  /** Rows that were with it and have no result. */
  readonly open: number;
  /** Results taken from this process, whatever the assignment. */
  readonly reportedEver: number;
  /** Its own word that it cannot go on. */
  readonly failed: { readonly code: string; readonly message: string } | undefined;
  /** Where the rows that are open go. */
  readonly rowsGo: 'to the queue' | 'to the database';
}

export interface WorkerVerdict {
  readonly isFailure: boolean;
  /** `certain`: every other worker will end the same way. `possible`: three in a row are proof. */
  readonly structural: 'no' | 'possible' | 'certain';
  readonly sentence: string;
}

/**
 * Judges the end of a worker. Rows without a result make a failure of an end that looks well, unless the worker was told to
 * end: then they are what it had not begun, or what a slow host would have answered after the grace.
 */
export function judgeExit(end: ProcessEnd, work: WorkDone): WorkerVerdict {
  const isAsExpected = end.wasStopped ? endedAsTold(end) : endedWell(end) && work.open === 0;
  const isFailure = work.failed !== undefined || !isAsExpected;
  if (!isFailure) return { isFailure, structural: 'no', sentence: `worker in slot ${work.slot} ended` };

  const isOurDoing = end.wasStopped || end.killedFor === 'given-up';
  const structural =
    work.failed !== undefined ? 'certain' : !isOurDoing && work.reportedEver === 0 ? 'possible' : 'no';
  const progress = work.given > 0 ? ` after ${grouped(work.reported)} of ${grouped(work.given)} rows` : '';
  const rest = work.open > 0 ? `; ${grouped(work.open)} go back ${work.rowsGo}` : '';
  const said = lastWords(end.stderr);
  return {
    isFailure,
    structural,
    sentence: `worker in slot ${work.slot} ${howItEnded(end, work)}${progress}${rest}${said === '' ? '' : `. It wrote: ${said}`}`,
  };
}

/** Signals that ask a process to end; they often go to a whole process group. */
const REQUESTS: ReadonlySet<string | undefined> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP']);

function endedAsTold(end: ProcessEnd): boolean {
  return end.killedFor === 'deaf' || end.killedFor === 'given-up' || endedWell(end);
}

function endedWell(end: ProcessEnd): boolean {
  if (end.killedFor !== undefined) return false;
  if (end.wasReady) return end.code === 0;
  // Before it was ready no handler was in place: a signal that went to all of us did what it does by default.
  return (end.wasStopped && end.code === 0) || REQUESTS.has(end.signal);
}

const KILLED: Readonly<Record<KillCause, (detail: string) => string>> = {
  'not-ready': (limit) => `was not ready within ${limit} and was killed`,
  silent: (limit) => `gave no sign of life for ${limit} and was killed`,
  deaf: (limit) => `did not finish within ${limit} of being told to and was killed`,
  malformed: (problem) => `was killed for what it sent (${cleanLine(problem)})`,
  'given-up': () => 'was killed',
};

function howItEnded(end: ProcessEnd, { failed }: WorkDone): string {
  if (failed !== undefined)
    return `cannot go on: ${cleanLine(failed.message)} (${cleanLine(failed.code)}); it ended`;
  if (end.killedFor !== undefined) return KILLED[end.killedFor](end.detail ?? '');
  if (end.code === undefined && end.signal === undefined)
    return `could not be started (${cleanLine(end.detail ?? '')}${adviceOn(end.detail)})`;
  if (end.signal === 'SIGKILL')
    return 'was killed by SIGKILL, not by us (see whether the kernel ran out of memory: dmesg)';
  if (end.signal !== undefined) return `was ended by ${end.signal}`;
  return end.wasReady ? `exited with ${end.code}` : `exited with ${end.code} before it was ready`;
}

const ADVICE: Readonly<Record<string, string>> = {
  EMFILE: 'too many open files; raise the limit (ulimit -n), or lower TOTAL_WORKERS_POOL',
  ENFILE: 'too many open files on this machine; raise fs.file-max, or lower TOTAL_WORKERS_POOL',
  EAGAIN: 'no more processes are allowed; raise the limit (ulimit -u), or lower TOTAL_WORKERS_POOL',
  ENOMEM: 'out of memory; lower TOTAL_WORKERS_POOL',
};

function adviceOn(detail = ''): string {
  const advice = ADVICE[/\bE[A-Z]+$/.exec(detail)?.[0] ?? ''];
  return advice === undefined ? '' : `: ${advice}`;
}

// An uncaught error ends with its stack: the line that names the error says most.
function lastWords(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const named = lines.findLast((line) => /^(?:Uncaught )?\w*Error\b.*:/.test(line));
  return cleanLine(named ?? lines.findLast((line) => line !== '') ?? '').slice(0, 300);
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
