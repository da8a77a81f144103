// The demo: a small internet on loopback, three users' lists, and the real program run on them as cron would run
// it. Ends with what came out, held against what the mail hosts were scripted to mean.
//
//   npm run demo            ends when all is decided; exit 1 if anything is not as it must be
//   npm run demo -- --keep  leaves the internet up until Ctrl-C
//
// Owns a folder under the system's temporary one, which stays, and two kinds of children, which do not: the
// internet and the program.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readOptions } from '../support/command-options.ts';
import { openEmbeddedDatabase, type EmbeddedDatabase } from '../support/embedded-database.ts';
import { startInternetProcess, type InternetProcess } from '../support/internet/process.ts';
import { allAddresses, makeWorld, type World } from '../support/internet/world.ts';
import { closingWords, keepingWords } from './closing-words.ts';
import { openProgress } from './progress.ts';
import { runProgram } from './run-program.ts';
import {
  DEMO_WORLD,
  LATENCY_MS,
  demoFolder,
  demoSettings,
  programEnvironment,
  type DemoFolder,
} from './settings.ts';
import { listTable, verifyDatabase } from './verify.ts';
import { gatherFacts } from './witness-facts.ts';

const ROOT = resolve(import.meta.dirname, '..'); // of dist/demo.cjs
const PROGRAM = join(ROOT, 'bin/smtp-validate-cron');
const INTERNET = join(ROOT, 'dist/internet.cjs');

const BETWEEN_CYCLES_MS = 2_000; // where cron has a minute
const LOOK_EVERY_MS = 250;
const MAX_CYCLES = 20;
const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** What stops the demo, with a sentence for whoever started it. */
class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}

const stop = new AbortController();
for (const [signal, code] of Object.entries(SIGNAL_EXIT)) {
  process.on(signal, () => {
    process.exitCode = code;
    stop.abort();
  });
}
main().catch((error: unknown) => {
  const cause: unknown = stop.signal.aborted ? stop.signal.reason : error;
  if (stop.signal.aborted && !(cause instanceof DemoFailure)) return say('Stopped.');
  say(cause instanceof DemoFailure ? `error: ${cause.message}` : String((cause as Error).stack ?? cause));
  process.exitCode = 1;
});

async function main(): Promise<void> {
  const { values } = readOptions('npm run demo -- [--keep]', { keep: { type: 'boolean', default: false } });
  const folder = demoFolder(mkdtempSync(join(tmpdir(), 'smtp-validate-demo-')));
  for (const path of [folder.logs, folder.storage]) mkdirSync(path);
  const world = makeWorld(DEMO_WORLD);
  writeFileSync(folder.world, JSON.stringify(world));

  say(`The demo keeps its files in ${folder.path}`);
  await using internet = await startInternetProcess({
    program: INTERNET,
    worldFile: folder.world,
    witnessFile: folder.witness,
    latencyMs: LATENCY_MS,
  });
  say(
    `A small internet is up on loopback: DNS at ${internet.dnsServer}, ${world.hosts.length} mail hosts on port ${internet.smtpPort}, ${LATENCY_MS} ms away.`,
  );
  void internet.ended.then(() => stop.abort(new DemoFailure('the small internet ended before its time')));
  const settings = demoSettings(folder, internet);
  await migrate(folder, settings);
  await using database = openEmbeddedDatabase(folder.database);
  await database.importWorld(world);
  for (const { userId, addresses } of world.lists)
    say(`Imported ${addresses.length} addresses for user ${userId}.`);

  const seconds = await runCycles(database, world, folder, settings);
  await internet.flushWitness();
  await report(database, world, folder, seconds);
  if (!values.keep) return;
  for (const line of keepingWords(PROGRAM, folder.path, settings, sampleAddress(world))) say(line);
  await keep(internet);
}

/** Starts the program again and again, as cron does, until nothing is pending; gives the seconds it took. */
async function runCycles(
  database: EmbeddedDatabase,
  world: World,
  folder: DemoFolder,
  settings: Readonly<Record<string, string>>,
): Promise<number> {
  const total = allAddresses(world).length;
  const progress = openProgress(process.stdout, () => performance.now());
  const startedAt = performance.now();
  for (let cycle = 1; cycle <= MAX_CYCLES; cycle++) {
    progress.say('$ smtp-validate-cron');
    const over = new AbortController();
    const watching = watch(database, total, progress.show, over.signal);
    const code = await runProgram({
      program: PROGRAM,
      args: [],
      cwd: folder.path,
      env: programEnvironment(settings),
      onLine: (line) => progress.say(`  ${line}`),
      signal: stop.signal,
    });
    over.abort();
    await watching;
    progress.clear();
    stop.signal.throwIfAborted();
    if (code !== 0) throw new DemoFailure(`smtp-validate-cron ended with ${code}; see ${folder.logs}`);
    const pending = await database.countPending();
    if (pending === 0) return (performance.now() - startedAt) / 1000;
    progress.say(
      `Pending still: ${pending}, waiting for their next attempt. Cron starts a cycle each minute; here the next one comes after ${BETWEEN_CYCLES_MS / 1000} s.`,
    );
    await sleep(BETWEEN_CYCLES_MS, undefined, { signal: stop.signal });
  }
  throw new DemoFailure(`after ${MAX_CYCLES} cycles there are still addresses pending; see ${folder.logs}`);
}

async function watch(
  database: EmbeddedDatabase,
  total: number,
  show: (decided: number, total: number) => void,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    show(total - (await database.countPending()), total);
    await sleep(LOOK_EVERY_MS, undefined, { signal: over }).catch(() => undefined);
  }
}

async function report(
  database: EmbeddedDatabase,
  world: World,
  folder: DemoFolder,
  seconds: number,
): Promise<void> {
  const [rows, lists] = [await database.rows(), await database.lists()];
  const verification = verifyDatabase(world, rows, lists);
  const facts = gatherFacts(folder.witness, folder.storage);
  say('');
  for (const line of listTable(lists, rows)) say(line);
  for (const line of closingWords({ verification, facts, seconds, folder, root: ROOT })) say(line);
  const isRight =
    verification.differences.length === 0 && facts.askedTwice.length === 0 && facts.violations.length === 0;
  if (!isRight) process.exitCode = 1;
}

// Prints the SQL that is run; of that only the last line, which says what came of it, is for the demo.
async function migrate(folder: DemoFolder, settings: Readonly<Record<string, string>>): Promise<void> {
  say('$ smtp-validate-cron migrate');
  const lines: string[] = [];
  const code = await runProgram({
    program: PROGRAM,
    args: ['migrate'],
    cwd: folder.path,
    env: programEnvironment(settings),
    onLine: (line) => lines.push(line),
    signal: stop.signal,
  });
  stop.signal.throwIfAborted();
  if (code !== 0) throw new DemoFailure(`smtp-validate-cron migrate ended with ${code}: ${lines.join('\n')}`);
  say(`  ${lines.findLast((line) => line !== '') ?? ''}`);
}

// Waits for the signal that ends the demo; it is then no failure.
async function keep(internet: InternetProcess): Promise<void> {
  const exitCode = process.exitCode;
  const hours = 24 * 3_600_000;
  await sleep(hours, undefined, { signal: stop.signal }).catch(() => undefined);
  process.exitCode = exitCode ?? 0;
  say(`\nThe small internet (pid ${internet.pid}) is stopped; the files stay.`);
}

function sampleAddress(world: World): string {
  return allAddresses(world).find(({ kind }) => kind === 'accepted')!.email;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
