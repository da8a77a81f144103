// Two servers by one name, as cloned machines are: neither takes what the other has in hand.

import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeWorld } from '../support/internet/world.ts';
import { waitFor } from '../support/wait-for.ts';
import { hasMariadb, Installation, startProgram } from '../e2e/installation.ts';
import { askedTwice, decided, verdictsAgree } from '../e2e/outcome.ts';

describe.skipIf(!hasMariadb())('a server', () => {
  it('leaves alone what another of the same name holds, and warns', async () => {
    const world = makeWorld({ seed: 3, domains: 40, hosting: 'own', lists: [{ userId: 5, addresses: 200 }] });
    await using installation = await Installation.make({
      database: 'mysql',
      world,
      latencyMs: 150,
      settings: { TOTAL_WORKERS_POOL: '5', MIN_WORKERS_PER_USER: '1', MAX_SESSIONS_PER_WORKER: '2' },
    });
    using namesake = folderLike(installation);
    const { ended } = installation.start([]);
    await waitFor(async () => (await decided(installation)) > 5, 'the first server is at work', 30_000);

    const other = await startProgram([], namesake.path).ended;
    const first = await ended;

    expect([first, other]).toMatchObject([
      { exitCode: 0, stderr: '' },
      { exitCode: 0, stderr: '' },
    ]);
    expect(first.stdout).not.toContain('not written');
    expect(cronLog(namesake.path)).toMatch(
      new RegExp(`WARNING: \\d+ emails are held under the name of this server, ${installation.server}, by`),
    );
    expect(cronLog(namesake.path)).not.toContain('that a cycle before still held');
    await installation.runUntilDecided();
    expect(await verdictsAgree(installation)).toBe(true);
    expect(askedTwice(installation)).toEqual([]);
  }, 120_000);
});

/** Another machine with the same settings. */
function folderLike({ folder }: Installation): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'svc-namesake-'));
  copyFileSync(join(folder, '.env'), join(path, '.env'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

function cronLog(folder: string): string {
  const logs = join(folder, 'logs');
  const names = readdirSync(logs).filter((name) => name.startsWith('smtp_validation_cron_'));
  return names.map((name) => readFileSync(join(logs, name), 'utf8')).join('');
}
