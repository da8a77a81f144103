import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { builtinModules } from 'node:module';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProbeRow } from '../../src/domain/row.ts';
import { loadJournal } from '../../src/files/journal.ts';
import type { Assignment, FromWorker, ProbeSettings, Slice, ToWorker } from '../../src/worker/messages.ts';
import { decidedRow, idsOf, row, sliceOf } from '../pool/rows.ts';
import { ScriptedHost, SILENCE, type Script } from '../smtp/scripted-host.ts';
import { waitFor } from '../support/wait-for.ts';
import { bundleWorker, type WorkerBundle } from './bundle.ts';
import { settings as someSettings } from './equipment.ts';

let programs: string;
let bundle: WorkerBundle;
let folder: string;
let hosts: ScriptedHost[];
let workers: ProgramRun[];

beforeAll(async () => {
  programs = mkdtempSync(join(tmpdir(), 'worker-program-'));
  bundle = await bundleWorker(programs);
});

afterAll(() => rmSync(programs, { recursive: true }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'worker-'));
  hosts = [];
  workers = [];
});

afterEach(async () => {
  for (const worker of workers) await worker.kill();
  for (const host of hosts) await host[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** The program under test, and what it said. */
class ProgramRun {
  readonly child: ChildProcess;
  readonly said: FromWorker[] = [];
  stderr = '';
  #code: number | string | undefined;

  constructor(child: ChildProcess) {
    this.child = child;
    child.on('message', (message) => this.said.push(message as FromWorker));
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (this.stderr += chunk));
    child.on('close', (code, signal) => (this.#code = code ?? signal!));
    child.on('exit', (code, signal) => {
      if (!child.connected) this.#code = code ?? signal!; // `close` does not come when we closed the channel ourselves
    });
  }

  tell(...messages: readonly unknown[]): void {
    for (const message of messages) this.child.send(message as ToWorker);
  }

  /** All it said of one type. */
  of<Type extends FromWorker['type']>(type: Type): Extract<FromWorker, { type: Type }>[] {
    return this.said.filter(
      (message): message is Extract<FromWorker, { type: Type }> => message.type === type,
    );
  }

  results() {
    return this.of('results').flatMap(({ results }) => results);
  }

  async says(type: FromWorker['type'], count = 1): Promise<void> {
    await waitFor(() => this.of(type).length >= count, `the worker says "${type}"`);
  }

  async hasResults(count: number): Promise<void> {
    await waitFor(() => this.results().length >= count, `${count} results`);
  }

  /** Its exit code or the signal that ended it. */
  async ends(): Promise<number | string> {
    await waitFor(() => this.#code !== undefined, 'the worker ends');
    return this.#code!;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ends();
  }
}

async function start(execArgv: readonly string[] = []): Promise<ProgramRun> {
  const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const;
  const worker = new ProgramRun(fork(bundle.entry, [], { execArgv: [...execArgv], stdio: [...stdio] }));
  workers.push(worker);
  await worker.says('ready');
  return worker;
}

async function listen(script: Script = {}): Promise<ScriptedHost> {
  const host = await ScriptedHost.listen(script);
  hosts.push(host);
  return host;
}

function settingsFor(host: ScriptedHost, over: Partial<ProbeSettings> = {}): ToWorker {
  return { type: 'settings', settings: { ...someSettings, port: host.port, ...over } };
}

function assignment(over: Partial<Assignment> = {}): Assignment {
  return {
    cycleId: '20261124T044412123Z-server1',
    server: 'server1',
    userId: 5,
    workerId: 3,
    batchFile: join(folder, 'worker_3.json'),
    logFile: join(folder, 'user_5_worker_3.log'),
    ...over,
  };
}

function begin(over: Partial<Assignment> = {}): ToWorker {
  return { type: 'begin', assignment: assignment(over) };
}

function slice(sliceId: number, all: readonly ProbeRow[], over: Partial<Slice> = {}): ToWorker {
  return { type: 'slice', slice: { ...sliceOf(...all), sliceId, ...over } };
}

/** False also for a process that only waits to be reaped. */
function isRunning(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

const journaled = () => loadJournal(join(folder, 'worker_3.ndjson')).results;
const batchFile = () =>
  JSON.parse(readFileSync(join(folder, 'worker_3.json'), 'utf8')) as Record<string, unknown>;
const logText = () => readFileSync(join(folder, 'user_5_worker_3.log'), 'utf8');
const withoutStamps = (text: string) => text.replace(/^\[[\d: -]{19}\] /gm, '');

const FINISH: ToWorker = { type: 'finish' };
const real = (id: number, destination = 'a') => row(id, destination, `real.${id}`);
/** Answers everybody but the recipients whose local part begins with `stuck`, and those with `slow` in a third of a second. */
const STUCK: Script = {
  rcpt: (line) => {
    if (line.includes('<stuck')) return SILENCE;
    if (line.includes('<slow')) return { drip: '250 2.1.5 ok\r\n', everyMs: 25 };
    return line.includes('<real') ? '250 2.1.5 ok' : '550 5.1.1 no such user';
  },
};

describe('smtp-worker', () => {
  it('verifies a slice, and leaves a log and a batch file', async () => {
    const host = await listen();
    const worker = await start();

    worker.tell(settingsFor(host), begin(), slice(1, [real(1), row(2, 'a', 'gone'), decidedRow(3)]));
    await worker.says('slice-done');
    const journal = journaled();
    worker.tell(FINISH);
    await worker.says('finished');

    expect(
      worker
        .results()
        .map(({ id, status, response }) => [id, status, response])
        .toSorted(),
    ).toEqual([
      [1, 'valid', '127.0.0.1'],
      [2, 'invalid', '550 5.1.1 <nobody>: no such user'],
      [3, 'invalid', 'Invalid syntax: empty'],
    ]);
    expect(worker.of('results').flatMap(({ catchAll, settled }) => [catchAll, settled])).toEqual(
      expect.arrayContaining([{ 'a.example': 'no' }, ['a']]),
    );
    expect([worker.of('slice-done'), worker.of('finished')]).toEqual([
      [{ type: 'slice-done', sliceId: 1, unstarted: [] }],
      [{ type: 'finished', processed: 3 }],
    ]);
    expect(idsOf(journal)).toEqual([1, 2, 3]);
    expect(batchFile()).toMatchObject({
      cycle: '20261124T044412123Z-server1',
      server: 'server1',
      user_id: 5,
      worker_id: 3,
      total: 3,
      processed: 3,
      counts: { valid: 1, invalid: 2 },
    });
    expect(withoutStamps(logText()).split('\n').slice(0, 8)).toEqual([
      '=== WORKER LOG STARTED ===',
      'Worker ID: 3',
      'User ID: 5',
      `Process ID: ${worker.child.pid}`,
      expect.stringMatching(/^Started: /),
      '=========================',
      '',
      '[User 5 | Worker 3] Processing emails from index 0 to 3 (3 emails)',
    ]);
    expect(withoutStamps(logText()).split('\n').slice(8)).toEqual([
      '✗ EMAIL:  | STATUS: invalid | RESPONSE: Invalid syntax: empty | REASON: syntax',
      expect.stringMatching(/^[✓✗] EMAIL: (?:real\.1|gone)@a\.example \| STATUS: /),
      expect.stringMatching(/^[✓✗] EMAIL: (?:real\.1|gone)@a\.example \| STATUS: /),
      '[User 5 | Worker 3] Processed 3 emails: Valid=1, Invalid=2',
      '',
    ]);
  });

  it('shows its server, user and number to ps', async () => {
    const worker = await start();

    worker.tell(settingsFor(await listen()), begin());
    await waitFor(
      () => readFileSync(`/proc/${worker.child.pid}/cmdline`, 'utf8').includes('user5'),
      'the title is set',
    );

    expect(readFileSync(`/proc/${worker.child.pid}/cmdline`, 'utf8').replaceAll('\0', '')).toBe(
      'smtp-worker server1 user5 w3',
    );
  });

  it('gives way to what feeds it', async () => {
    const worker = await start();

    await worker.says('ready');

    expect(getPriority(worker.child.pid)).toBe(Math.min(getPriority() + 5, 19));
  });

  it('works all the same where a sandbox lets nobody give way', async () => {
    const sandbox = join(folder, 'sandbox.cjs');
    writeFileSync(
      sandbox,
      "require('node:os').setPriority = () => { throw Object.assign(new Error('EPERM'), { code: 'ERR_SYSTEM_ERROR' }); };",
    );
    const host = await listen();
    const worker = await start(['--require', sandbox]);

    worker.tell(settingsFor(host), begin(), slice(1, [real(1)]));
    await worker.hasResults(1);

    expect(worker.results().map(({ status }) => status)).toEqual(['valid']);
    expect(getPriority(worker.child.pid)).toBe(getPriority());
  });

  it('works on several slices at once, within its number of sessions', async () => {
    const host = await listen();
    const worker = await start();
    const all = Array.from({ length: 12 }, (_, index) => real(index + 1, `d${index}`));

    worker.tell(
      settingsFor(host, { maxSessions: 3 }),
      begin(),
      slice(1, all.slice(0, 6)),
      slice(2, all.slice(6)),
    );
    await worker.says('slice-done', 2);

    expect(idsOf(worker.results())).toEqual(idsOf(all));
    expect(host.peak).toBeLessThanOrEqual(6); // three sessions, and the goodbyes of three before
  });

  it('holds more sessions at once when it may', async () => {
    const host = await listen(STUCK);
    const worker = await start();
    const all = Array.from({ length: 6 }, (_, index) => row(index + 1, `d${index}`, 'slow'));
    worker.tell(settingsFor(host, { maxSessions: 1 }), begin(), slice(1, all));
    await waitFor(() => host.peak === 1, 'a session is open');

    worker.tell({ type: 'widen', maxSessions: 6 });
    await worker.says('slice-done');

    expect(host.peak).toBe(6);
  });

  it('narrows its sessions when it may open no more files, and holds it against nobody', async () => {
    const host = await listen(STUCK);
    const worker = await start();
    const all = Array.from({ length: 8 }, (_, index) => row(index + 1, `d${index}`, 'slow'));
    worker.tell(settingsFor(host, { maxSessions: 8 }), begin(), slice(1, [real(9, 'first')]));
    await worker.says('slice-done');
    const { pid } = worker.child;
    const files = readdirSync(`/proc/${pid}/fd`).length;
    const [, before] = /^Max open files +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))!;

    execFileSync('prlimit', ['--pid', String(pid), `--nofile=${files + 2}:${before}`]);
    worker.tell(slice(2, all));
    await worker.says('slice-done', 2);
    execFileSync('prlimit', ['--pid', String(pid), `--nofile=${before}`]);

    expect(worker.results().map(({ status, attempt }) => `${status} ${attempt}`)).toEqual(
      Array.from({ length: 9 }, () => 'valid 1'),
    );
    expect(host.peak).toBeLessThan(8);
    expect(worker.child.exitCode).toBeNull();
  });

  it('says what it lacks when it cannot open any connection, and gives the rows back', async () => {
    const worker = await start();
    const host = await listen();

    worker.tell(
      settingsFor(host, { localAddress: '192.0.2.1', sessionDeadlineMs: 100 }),
      begin(),
      slice(1, [real(1)]),
    );

    expect(await worker.ends()).toBe(1);
    expect(worker.of('failed')).toMatchObject([{ code: 'NO_CONNECTIONS' }]);
    expect([worker.results(), journaled(), host.sessions]).toEqual([[], [], []]);
  });

  it('serves one assignment after the other', async () => {
    const host = await listen();
    const worker = await start();

    worker.tell(settingsFor(host), begin(), slice(1, [real(1)]));
    await worker.says('slice-done');
    worker.tell(FINISH);
    await worker.says('finished');
    worker.tell(
      begin({ userId: 9, workerId: 1, batchFile: join(folder, 'worker_1.json'), logFile: undefined }),
      slice(2, [real(2)]),
    );
    await worker.says('slice-done', 2);
    worker.tell(FINISH);
    await worker.says('finished', 2);

    expect(batchFile()).toMatchObject({ user_id: 5, processed: 1 });
    expect(JSON.parse(readFileSync(join(folder, 'worker_1.json'), 'utf8'))).toMatchObject({
      user_id: 9,
      processed: 1,
    });
  });

  it('drains on SIGTERM: finishes what is in flight, gives back the rest, ends when it is finished', async () => {
    const host = await listen(STUCK);
    const worker = await start();

    worker.tell(
      settingsFor(host, { maxSessions: 1 }),
      begin(),
      slice(1, [real(1), row(2, 'b', 'slow'), real(3, 'c'), real(4, 'd')]),
    );
    await waitFor(
      () => host.heard.some((line) => line.includes('<slow')),
      'the host is asked about the one it answers slowly',
    );
    worker.child.kill('SIGTERM');
    await worker.says('slice-done');
    worker.tell(slice(2, [real(5)]));
    await worker.says('slice-done', 2);
    worker.tell(FINISH);

    expect(await worker.ends()).toBe(0);
    expect(worker.of('draining')).toHaveLength(1);
    expect(worker.of('slice-done').map(({ unstarted }) => unstarted.toSorted())).toEqual([[3, 4], [5]]);
    expect(worker.results().map(({ id, status }) => [id, status])).toEqual([
      [1, 'valid'],
      [2, 'valid'],
    ]);
    expect(batchFile()).toMatchObject({ total: 2, processed: 2, counts: { valid: 2 } });
  });

  it('gives up its place when told to, and goes on with the next assignment', async () => {
    const host = await listen(STUCK);
    const worker = await start();

    worker.tell(
      settingsFor(host, { maxSessions: 1 }),
      begin(),
      slice(1, [row(1, 'a', 'slow'), real(2, 'b')]),
    );
    await waitFor(() => host.heard.some((line) => line.includes('<slow')), 'the host is asked');
    worker.tell({ type: 'yield' });
    await worker.says('slice-done');
    worker.tell(FINISH);
    await worker.says('finished');
    worker.tell(begin({ workerId: 4, batchFile: join(folder, 'worker_4.json') }), slice(2, [real(2, 'b')]));
    await worker.says('slice-done', 2);

    expect(worker.of('handed-on').map(({ slices }) => slices)).toEqual([
      [{ sliceId: 1, unstarted: [2], destinations: ['b'] }],
    ]);
    expect(worker.of('slice-done').map(({ unstarted }) => unstarted)).toEqual([[], []]);
    expect(worker.results().map(({ id, status }) => [id, status])).toEqual([
      [1, 'valid'],
      [2, 'valid'],
    ]);
  });

  it('ends at once on SIGTERM when it has nothing in hand', async () => {
    const worker = await start();

    worker.child.kill('SIGTERM');

    expect(await worker.ends()).toBe(0);
  });

  it.each(['SIGINT', 'SIGHUP'] as const)('leaves %s to its parent', async (signal) => {
    const host = await listen();
    const worker = await start();

    worker.child.kill(signal);
    worker.tell(settingsFor(host), begin(), slice(1, [real(1)]));
    await worker.hasResults(1);

    expect(worker.child.exitCode).toBeNull();
  });

  it('ends when the channel to its parent is closed, and keeps the journal', async () => {
    const host = await listen(STUCK);
    const worker = await start();

    worker.tell(settingsFor(host), begin(), slice(1, [real(1), row(2, 'b', 'stuck')]));
    await worker.hasResults(1);
    const exit = once(worker.child, 'exit');
    worker.child.disconnect();

    expect((await exit)[0]).toBe(1);
    expect([idsOf(journaled()), existsSync(join(folder, 'worker_3.json'))]).toEqual([[1], false]);
    expect(logText()).toContain('✓ EMAIL: real.1@a.example');
  });

  it('does not outlive a parent that was killed, and leaves what it knew in the journal', async () => {
    const host = await listen(STUCK);
    const messages = [settingsFor(host), begin(), slice(1, [real(1), real(2, 'b'), row(3, 'c', 'stuck')])];
    writeFileSync(join(folder, 'messages.json'), JSON.stringify(messages));
    const program = join(import.meta.dirname, 'fixtures/parent.mjs');
    const parent = spawn(process.execPath, [program, bundle.entry, join(folder, 'messages.json')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [pid] = await once(parent.stdout, 'data');
    await waitFor(
      () => existsSync(join(folder, 'worker_3.ndjson')) && journaled().length === 2,
      'two results are in the journal',
    );

    parent.kill('SIGKILL');

    await waitFor(() => !isRunning(Number(String(pid))), 'the worker has ended', 5_000);
    expect([idsOf(journaled()), existsSync(join(folder, 'worker_3.json'))]).toEqual([[1, 2], false]);
  });

  it('says that it cannot create its files, and ends with 73', async () => {
    const worker = await start();
    writeFileSync(join(folder, 'a-file'), '');

    worker.tell(settingsFor(await listen()), begin({ batchFile: join(folder, 'a-file/worker_3.json') }));

    expect(await worker.ends()).toBe(73);
    expect(worker.of('failed')).toMatchObject([
      { code: 'FILE_NOT_CREATED', message: expect.stringContaining('a-file/worker_3.ndjson') },
    ]);
  });

  it('says that the disk is full when what is in flight is done, tells it all the same, and ends with 74', async () => {
    const host = await listen(STUCK);
    const worker = await start();
    worker.tell(settingsFor(host), begin(), slice(1, [real(1)]));
    await worker.says('slice-done');
    await waitFor(() => logText().includes('real.1'), 'the log is written');

    rmSync(join(folder, 'user_5_worker_3.log'));
    symlinkSync('/dev/full', join(folder, 'user_5_worker_3.log'));
    worker.tell(slice(2, [row(100, 'slow-domain', 'slow')]));
    let given = 2;
    await waitFor(() => {
      if (worker.of('draining').length > 0) return true;
      if (worker.of('slice-done').length === given - 1)
        worker.tell(slice(++given, [real(given, `d${given}`)]));
      return false;
    }, 'the worker starts nothing more');
    worker.tell(slice(99, [real(99, 'late')]));
    await waitFor(() => worker.of('slice-done').length === given + 1, 'all slices are done');
    worker.tell(FINISH);

    expect(await worker.ends()).toBe(74);
    expect(worker.of('failed')).toMatchObject([
      { code: 'FILE_NOT_WRITTEN', message: expect.stringContaining('no space left') },
    ]);
    expect(worker.of('slice-done').find(({ sliceId }) => sliceId === 99)).toMatchObject({ unstarted: [99] });
    expect(idsOf(worker.results())).toContain(100);
    expect(idsOf(journaled())).toEqual(expect.arrayContaining(idsOf(worker.results())));
  });

  it.each([
    ['a message that is none', { type: 'dance' }, /should be one of the types/],
    ['a slice without an assignment', slice(1, [real(1)]), /"slice" came out of turn/],
    ['the end of an assignment that was not begun', FINISH, /"finish" came out of turn/],
  ])('ends with 70 on %s', async (_name, message, sentence) => {
    const worker = await start();

    worker.tell(message);

    expect(await worker.ends()).toBe(70);
    expect(worker.of('failed')).toMatchObject([
      { code: 'IPC_MALFORMED', message: expect.stringMatching(sentence) },
    ]);
  });

  it('ends with 70 and its stack on a bug', async () => {
    const host = await listen();
    const worker = await start();

    worker.tell(settingsFor(host, { ehloName: 'two\r\nlines' }), begin(), slice(1, [real(1)]));

    expect(await worker.ends()).toBe(70);
    expect(worker.stderr).toMatch(/Error: .*\n\s+at /);
  });

  it('says how it is started when somebody starts it by hand', async () => {
    const child = spawn(process.execPath, [bundle.entry], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += chunk));

    const [code] = await once(child, 'close');

    expect([code, stderr]).toEqual([
      64,
      'error: smtp-worker is started by smtp-validate-cron and does nothing by itself\n',
    ]);
  });

  it('carries no packages, and loads neither socks nor TLS before they are wanted', async () => {
    const { inputs, outputs } = bundle.metafile;
    const imported = Object.values(outputs).flatMap(({ imports }) =>
      imports.map(({ path }) => path.replace(/^node:/, '')),
    );
    const starting = `process.send = () => true;
      require(${JSON.stringify(bundle.entry)});
      const lazy = process.moduleLoadList.filter((name) => /NativeModule (_?tls|_tls_)/.test(name));
      console.log(JSON.stringify([Object.keys(require.cache).length, lazy]));
      process.exit(0);`;
    const child = spawn(process.execPath, ['--eval', starting], { stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    await once(child, 'close');

    expect(Object.keys(inputs).filter((path) => path.includes('node_modules'))).toEqual([]);
    expect(new Set(imported.filter((name) => !builtinModules.includes(name)))).toEqual(new Set(['socks']));
    expect(JSON.parse(stdout)).toEqual([1, []]);
  });
});
