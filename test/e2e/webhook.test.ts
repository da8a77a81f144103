// Completed lists are told of by the built program: two servers on one database, and a service that fails at first.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { signature } from '../../src/notify/webhook.ts';
import { makeWorld } from '../support/internet/world.ts';
import { startWebServer, status } from '../support/web-server.ts';
import { hasMariadb, Installation, startProgram } from './installation.ts';
import { OtherServer } from './other-server.ts';

const SECRET = 'a secret of the operator';
const world = makeWorld({
  seed: 11,
  domains: 12,
  lists: [
    { userId: 5, addresses: 40 },
    { userId: 6, addresses: 20 },
  ],
});
const stores = [
  { database: 'mysql', isThere: hasMariadb() },
  { database: 'sqlite', isThere: true },
] as const;

describe.each(stores.filter(({ isThere }) => isThere))('WEBHOOK_URL, on $database', ({ database }) => {
  it('is told of each list once, signed, and again under the same id after it failed', async () => {
    await using web = await startWebServer(status(500));
    const settings = { WEBHOOK_URL: `${web.origin}/s3cret`, WEBHOOK_SECRET: SECRET };
    await using installation = await Installation.make({ database, world, settings });

    const runs = await installation.runUntilDecided();
    const failed = web.heard.map(({ headers }) => headers['webhook-id']);
    const idle = await installation.run([]);
    web.answer = status(204);
    await installation.database.execute('UPDATE svc_webhook SET next_at = 0');
    await installation.run([]);
    await installation.run([]);

    expect(runs.at(-1)!.exitCode).toBe(0);
    expect(idle).toMatchObject({ exitCode: 0, stdout: '' });
    expect(failed).toHaveLength(2);
    const taken = web.heard.slice(2);
    expect(taken.map(({ headers }) => headers['webhook-id']).toSorted()).toEqual(failed.toSorted());
    expect(taken.map(({ body }) => (JSON.parse(body) as { data: object }).data)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ list_id: 1, user_id: 5, total: 40 }),
        expect.objectContaining({ list_id: 2, user_id: 6, total: 20 }),
      ]),
    );
    for (const { headers, body } of web.heard) {
      const made = signature(
        { id: String(headers['webhook-id']), nowSeconds: Number(headers['webhook-timestamp']), body },
        SECRET,
      );
      expect(headers['webhook-signature']).toBe(`v1,${made}`);
    }
    const log = installation.logLines(/\.log$/).join('\n');
    expect(log).toContain('(attempt 1): the answer was 500');
    expect(log).toContain('List 1: WEBHOOK_URL was told that it is completed, at attempt 2');
    expect(log).not.toMatch(/s3cret|a secret/);
  }, 120_000);
});

describe.runIf(hasMariadb())('WEBHOOK_URL, with two servers', () => {
  it('is told of each list once', async () => {
    await using web = await startWebServer();
    const settings = { WEBHOOK_URL: `${web.origin}/in`, WEBHOOK_SECRET: SECRET };
    await using installation = await Installation.make({ database: 'mysql', world, settings });
    using other = new OtherServer(installation);

    while ((await installation.pending()) > 0) await Promise.all([installation.run([]), other.run()]);
    await Promise.all([installation.run([]), other.run()]);

    const lists = web.heard.map(
      ({ body }) => (JSON.parse(body) as { data: { list_id: number } }).data.list_id,
    );
    expect(lists.toSorted()).toEqual([1, 2]);
    expect(await installation.database.query('SELECT * FROM svc_webhook')).toEqual([]);
  }, 120_000);
});

describe('the secret of WEBHOOK_URL', () => {
  it.each([
    { settings: {}, said: 'WEBHOOK_SECRET is not set: expected a secret of at least 16 characters' },
    {
      settings: { WEBHOOK_SECRET: 'too short' },
      said: 'WEBHOOK_SECRET="***" (from the environment): expected a secret of at least 16 characters',
    },
    { settings: { WEBHOOK_SECRET_FILE: '/nowhere' }, said: 'expected a file that can be read' },
  ])('is wanted: $said', async ({ settings, said }) => {
    const folder = mkdtempSync(join(tmpdir(), 'svc-e2e-'));
    writeFileSync(join(folder, '.env'), 'WEBHOOK_URL=https://crm.example.net/hooks\n');

    const run = await startProgram([], folder, settings).ended;

    rmSync(folder, { recursive: true });
    expect(run.exitCode).toBe(78);
    expect(run.stderr).toContain(said);
    expect(run.stderr).not.toContain('too short');
  });
});
