import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { makeWorld } from '../support/internet/world.ts';
import { Installation } from '../e2e/installation.ts';
import { verdictsAgree } from '../e2e/outcome.ts';

it('a cycle that may open too few files to start workers says so, and holds it against nobody', async () => {
  const world = makeWorld({ seed: 3, domains: 20, lists: [{ userId: 5, addresses: 60 }] });
  await using installation = await Installation.make({ database: 'sqlite', world });
  const { child, ended } = installation.start([]);
  execFileSync('prlimit', ['--pid', String(child.pid), '--nofile=32']);

  const run = await ended;

  expect(run.exitCode).toBe(1);
  expect(run.stdout).toMatch(
    /^Cycle stopped early \(WORKER_START_FAILED\): 0 emails .*; 60 emails given back unprobed; \d+ workers? failed\n$/,
  );
  expect(run.stderr).toMatch(
    /could not be started \(spawn \S+ EMFILE: too many open files; raise the limit \(ulimit -n\), or lower TOTAL_WORKERS_POOL\)/,
  );
  expect(installation.workers()).toEqual([]);
  expect(
    await installation.database.query('SELECT row_id FROM svc_row WHERE token IS NOT NULL OR attempts > 0'),
  ).toEqual([]);
  await installation.runUntilDecided();
  expect(await verdictsAgree(installation)).toBe(true);
}, 60_000);
