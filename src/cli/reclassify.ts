// The command `reclassify`: replays kept evidence through today's rules, prints what would be otherwise, and writes it
// only when told so. Streams: a page of evidence at a time, whatever the size of the table. Asks no mail server.

import { counted, grouped } from '../domain/amounts.ts';
import { cleanLine } from '../domain/clean-text.ts';
import { reclassify, type Difference } from '../domain/reclassify.ts';
import { loadConfig } from '../platform/config.ts';
import { EXIT } from '../platform/operational-error.ts';
import type { Store } from '../store/store.ts';
import { openPreparedStore } from './open-configured-store.ts';
import { jsonText, printLine, say } from './output.ts';

export interface ReclassifyOptions {
  readonly listId: number | undefined;
  /** Seconds since 1970. */
  readonly since: number | undefined;
  readonly isApplied: boolean;
  readonly isJson: boolean;
}

interface Summary {
  examined: number;
  revised: number;
  /** `invalid -> unknown` → how many. */
  readonly changes: Map<string, number>;
}

/** Prints each difference and a summary; with `isApplied` writes them. Deferred rows are left alone. */
export async function reclassifyCommand(options: ReclassifyOptions): Promise<number> {
  const config = loadConfig({ cwd: process.cwd() });
  await using store = await openPreparedStore(config);
  const summary: Summary = { examined: 0, revised: 0, changes: new Map() };
  const printer = options.isJson ? jsonPrinter() : textPrinter();
  for await (const differences of replay(store, options, config.sender?.ehloName, summary)) {
    for (const difference of differences) await printer.difference(difference);
    if (options.isApplied) summary.revised += await store.reviseVerdicts(differences);
  }
  await printer.end(summary, options.isApplied);
  return EXIT.done;
}

async function* replay(
  store: Store,
  { listId, since }: ReclassifyOptions,
  ehloName: string | undefined,
  summary: Summary,
): AsyncGenerator<readonly Difference[]> {
  let after: number | undefined;
  do {
    const page = await store.readEvidence({ listId, since }, after);
    const differences = page.rows.flatMap((row) => reclassify(row, ehloName) ?? []);
    summary.examined += page.rows.length;
    for (const { from, to } of differences) {
      const change = `${from} -> ${to}`;
      summary.changes.set(change, (summary.changes.get(change) ?? 0) + 1);
    }
    yield differences;
    after = page.nextAfter;
  } while (after !== undefined);
}

interface Printer {
  difference(difference: Difference): Promise<void>;
  end(summary: Summary, isApplied: boolean): Promise<void>;
}

function textPrinter(): Printer {
  return {
    difference: ({ id, listId, email, from, fromReason, to, reason, rule }) =>
      printLine(
        `id:${id} list ${listId ?? '-'} ${cleanLine(email, 320)}  ${from} (${cleanLine(fromReason, 64)}) -> ${to} (${reason})  rule ${rule}`,
      ),
    end: async ({ examined, revised, changes }, isApplied) => {
      const total = [...changes.values()].reduce((sum, count) => sum + count, 0);
      say(
        `${counted(examined, 'verdict')} with evidence looked at, ${grouped(total)} would be otherwise by today’s rules`,
      );
      for (const [change, count] of changes) say(`  ${change}: ${count}`);
      if (isApplied) say(`${counted(revised, 'row was', 'rows were')} changed`);
      else if (total > 0) say('Nothing was changed; --apply writes this.');
    },
  };
}

/** One document, written piece by piece. */
function jsonPrinter(): Printer {
  let separator = '{"differences":[\n';
  return {
    difference: async ({ id, listId, email, from, fromReason, to, reason, rule }) => {
      const shown = { id, list_id: listId ?? null, email, from, from_reason: fromReason, to, reason, rule };
      await printLine(`${separator}${jsonText(shown)}`);
      separator = ',';
    },
    end: async ({ examined, revised, changes }, isApplied) => {
      const summary = { examined, changes: Object.fromEntries(changes), applied: isApplied, revised };
      await printLine(`${separator === ',' ? '' : separator}],"summary":${JSON.stringify(summary)}}`);
    },
  };
}
