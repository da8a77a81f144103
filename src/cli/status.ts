// The command `status`: gathers the figures and shows them once, as text or JSON. Reads the database and this server's
// lock, writes nothing. Looking again and again is watch-status.ts.

import { findJournals } from '../files/batch-paths.ts';
import { loadConfig } from '../platform/config.ts';
import { EXIT, OperationalError } from '../platform/operational-error.ts';
import { gatherStatus } from './gather-status.ts';
import { openPreparedStore } from './open-configured-store.ts';
import { jsonText, printLine } from './output.ts';
import { paintFor } from './paint.ts';
import { statusDocument } from './status-document.ts';
import { statusLines } from './status-view.ts';

export interface StatusOptions {
  readonly isWatching: boolean;
  readonly isJson: boolean;
}

// A pipe has no height, and nobody reads a thousand lists in it.
const LINES_WITHOUT_TERMINAL = 60;

export async function statusCommand({ isWatching, isJson }: StatusOptions): Promise<number> {
  if (isWatching && isJson)
    throw new OperationalError(
      'USAGE',
      'status: --watch is for people; for a program, call --json again and again',
    );
  const config = loadConfig({ cwd: process.cwd() });
  if (isWatching) {
    const { watchStatus } = await import('./watch-status.ts');
    return watchStatus(config);
  }
  await using store = await openPreparedStore(config);
  const facts = await gatherStatus(store, config);
  if (isJson) {
    await printLine(jsonText(statusDocument(facts, findJournals(config.storageDir).length)));
    return EXIT.done;
  }
  const { columns = 80, rows = LINES_WITHOUT_TERMINAL } = process.stdout;
  const layout = { width: columns, height: rows - 1, paint: paintFor(process.stdout) };
  await printLine(statusLines(facts, layout).join('\n'));
  return EXIT.done;
}
