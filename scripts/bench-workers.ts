// Measures what it takes to start the workers of a full pool: the built smtp-worker, started as the pool starts it. Prints
// when all were ready, the processor time they took until then, and the memory of the whole tree (PSS: what is shared is
// divided among those who share it). A first round leaves compiled code behind if there is none. Linux only.
//
//   npm run bench:workers [-- --workers 50] [--json]

import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { workerEnvironment } from '../src/platform/environment.ts';
import { WorkerProcess } from '../src/pool/worker-process.ts';
import { readOptions } from '../test/support/command-options.ts';

const READY_BOUND_S = 5;
const MEMORY_BOUND_MIB = 1024;
const ENTRY = join(process.cwd(), 'dist/smtp-worker.cjs');

const { values: options, wholeNumber } = readOptions('npm run bench:workers -- [--workers 50] [--json]', {
  workers: { type: 'string', default: '50' },
  json: { type: 'boolean', default: false },
});
const count = wholeNumber('workers', 1, 1_000);

const began = performance.now();
const workers: WorkerProcess[] = [];
await new Promise<void>((allReady, fail) => {
  let ready = 0;
  for (let at = 0; at < count; at++) {
    workers.push(
      new WorkerProcess(
        {
          entry: ENTRY,
          env: workerEnvironment(),
          isOneOfMany: at >= availableParallelism(),
          readyMs: 60_000,
          silenceMs: 60_000,
          finishMs: 5_000,
          graceMs: 5_000,
        },
        {
          onReady: () => ++ready === count && allReady(),
          onMessage: () => {},
          onEnd: ({ stderr, detail }) => fail(new Error(`a worker ended: ${detail ?? stderr}`)),
        },
      ),
    );
  }
});
const readySeconds = (performance.now() - began) / 1000;
const pids = workers.map(({ pid }) => pid);
const cpuSeconds = sum(pids.map(processorSeconds));
const pssMib = sum([process.pid, ...pids].map(pssKib)) / 1024;
const own = process.cpuUsage();
for (const worker of workers) await worker.stop();

const figures = {
  node: process.version,
  cores: availableParallelism(),
  load: loadavg()[0]!.toFixed(1),
  workers: count,
  readySeconds: round(readySeconds),
  workersCpuSeconds: round(cpuSeconds),
  parentCpuSeconds: round((own.user + own.system) / 1e6),
  pssMib: Math.round(pssMib),
};
if (options.json) console.log(JSON.stringify(figures));
else {
  console.log(
    `Node ${figures.node}, ${figures.cores} cores, load ${figures.load}, ${count} workers without work`,
  );
  console.log(`  all ready    after ${figures.readySeconds} s (bound ${READY_BOUND_S} s)`);
  console.log(
    `  processor    ${figures.workersCpuSeconds} s of theirs (${Math.round((cpuSeconds * 1000) / count)} ms each), ${figures.parentCpuSeconds} s of the parent's`,
  );
  console.log(
    `  memory       ${figures.pssMib} MiB PSS, parent included (bound ${MEMORY_BOUND_MIB} MiB under work)`,
  );
}
if (readySeconds > READY_BOUND_S || pssMib > MEMORY_BOUND_MIB) process.exitCode = 1;

/** What the threads of a process have run, by the scheduler. */
function processorSeconds(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ns = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return sum(ns) / 1e9;
}

function pssKib(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))![1]);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
