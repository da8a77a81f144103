// The command `retry`: queues decided rows of a list again. What that does to them is store/requeue.ts.

import { counted } from '../domain/amounts.ts';
import { REASONS } from '../domain/reasons-explained.ts';
import type { Verdict } from '../domain/verdict.ts';
import { loadConfig } from '../platform/config.ts';
import { EXIT, OperationalError } from '../platform/operational-error.ts';
import { openPreparedStore } from './open-configured-store.ts';
import { printLine, say } from './output.ts';

export interface RetryOptions {
  readonly listId: number | undefined;
  readonly statuses: readonly Verdict[];
  readonly reasons: readonly string[];
  readonly isDryRun: boolean;
  readonly isJson: boolean;
}

const ALL: readonly Verdict[] = ['valid', 'invalid', 'catch-all', 'disposable', 'unknown'];

/**
 * Queues rows again and says how many; exits 1 when there is no such list. Without a status, rows of any status that
 * have one of the reasons; without a reason either, those that are `unknown`.
 */
export async function retryCommand(options: RetryOptions): Promise<number> {
  const { listId, reasons, isDryRun } = options;
  if (listId === undefined) {
    throw new OperationalError(
      'USAGE',
      'retry: no list given; expected --list N, so that nobody queues a whole database again by accident',
    );
  }
  const misspelt = reasons.find((reason) => !Object.hasOwn(REASONS, reason));
  if (misspelt !== undefined) {
    throw new OperationalError(
      'USAGE',
      `retry: ${JSON.stringify(misspelt)} is not a reason; expected one of ${Object.keys(REASONS).join(', ')}`,
    );
  }
  const statuses =
    options.statuses.length > 0 ? options.statuses : reasons.length > 0 ? ALL : ['unknown' as const];
  await using store = await openPreparedStore(loadConfig({ cwd: process.cwd() }));
  const requeued = await store.requeueRows(listId, { statuses, reasons }, isDryRun);
  if (requeued === undefined) {
    say(`retry: there is no list ${listId} in csv_list; nothing was changed`);
    return EXIT.incomplete;
  }
  const { queued, left } = requeued;
  if (options.isJson) {
    await printLine(JSON.stringify({ list_id: listId, statuses, reasons, queued, left, dry_run: isDryRun }));
    return EXIT.done;
  }
  await printLine(`List ${listId}: ${outcomeSentence(queued, options)}`);
  if (left > 0) say(`${counted(left, 'row')} left alone: claimed by a server, or without a user`);
  return EXIT.done;
}

function outcomeSentence(queued: number, options: RetryOptions): string {
  const { statuses, reasons, isDryRun } = options;
  if (queued === 0) {
    const hint = reasons.length === 0 ? '' : ' (a row that another program decided has no reason)';
    const which =
      statuses.length > 0 || reasons.length > 0 ? 'no decided row of this kind' : 'no unknown row';
    return `${which} to queue again${hint}; nothing was changed`;
  }
  return `${counted(queued, 'row')} ${isDryRun ? 'would be queued again; nothing was changed' : `queued again; the next cycle takes ${queued === 1 ? 'it' : 'them'}`}`;
}
