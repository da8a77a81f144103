// What the built program leaves on disk is for its user and group, whatever the umask; and its secrets are nowhere.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld } from '../support/internet/world.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWebServer, status } from '../support/web-server.ts';
import { hasMariadb, Installation } from './installation.ts';

const world = makeWorld({ seed: 11, domains: 6, lists: [{ userId: 5, addresses: 20 }] });

describe('what is left on disk', () => {
  const umask = process.umask();
  beforeEach(() => void process.umask(0));
  afterEach(() => void process.umask(umask));

  it('is closed to others, under an umask of 0, while a cycle runs and afterwards', async () => {
    await using installation = await Installation.make({ database: 'sqlite', world, latencyMs: 100 });
    const open = new Set<string>();
    const kinds = new Set<string>();
    const look = (): void => {
      for (const folder of ['logs', 'storage'].map((name) => join(installation.folder, name))) {
        for (const path of pathsBelow(folder)) {
          const stat = statSync(path, { throwIfNoEntry: false });
          if (stat === undefined) continue; // removed meanwhile
          kinds.add(path.replace(/\d+/g, 'N').split('/').at(-1)!);
          if ((stat.mode & 0o777 & ~(stat.isDirectory() ? 0o750 : 0o640)) !== 0)
            open.add(`${path} ${(stat.mode & 0o777).toString(8)}`);
        }
      }
    };

    const { child, ended } = installation.start([]);
    await waitFor(
      () => {
        look();
        return child.exitCode !== null || child.signalCode !== null;
      },
      'the cycle is over',
      50_000,
    );
    await ended;
    await installation.run([]);
    look();

    expect([...open].filter((path) => !/\.code(?:\.\d+)? 644$/.test(path))).toEqual([]); // no secret: it is the program
    expect([...kinds]).toEqual(
      expect.arrayContaining([
        'cron.lock',
        'cron.json',
        'smtp-validate.db',
        'worker_N.json',
        'worker_N.ndjson',
        'smtp_validation_cron_N-N-N.log',
        'user_N_N-N-N.log',
        'user_N_worker_N_N-N-N_N-N-N.log',
        'smtp_validation.N-N-N.N.jsonl',
      ]),
    );
  }, 120_000);
});

describe.runIf(hasMariadb())('secrets', () => {
  it('stand in no command line, no environment of a worker, no log, no error and no output', async () => {
    await using web = await startWebServer(status(500));
    const secrets = {
      PING_URL: `${web.origin}/s3cret-ping`,
      WEBHOOK_URL: `${web.origin}/s3cret-hook`,
      WEBHOOK_SECRET: 's3cret-signature-key',
      SMTP_PROXY_ROUTES: 'google=socks5://ann:s3cret-proxy@127.0.0.1:9',
    };
    await using installation = await Installation.make({ database: 'mysql', world, latencyMs: 100 });
    await installation.database.execute(
      "GRANT ALL ON *.* TO s3cret_user@localhost IDENTIFIED BY 's3cret-database'",
    );
    const environment = { ...secrets, DB_USER: 's3cret_user', DB_PASSWORD: 's3cret-database' };

    const { child, ended } = installation.start([], environment);
    await waitFor(
      () => installation.workers().length > 0 || child.exitCode !== null,
      'workers are there',
      30_000,
    );
    const seen = [String(child.pid), ...installation.workerPids().map(String)].flatMap((pid) => [
      readProcess(pid, 'cmdline'),
      ...(pid === String(child.pid) ? [] : [readProcess(pid, 'environ')]),
    ]);
    const run = await ended;
    const wrong = await installation.run([], { ...environment, DB_PASSWORD: 's3cret-wrong' });
    const malformed = await installation.run([], { ...environment, PING_URL: 'ftp://s3cret' });
    await installation.database.execute('DROP USER s3cret_user@localhost');

    expect(seen.length).toBeGreaterThan(1);
    expect(run.exitCode).toBe(0);
    expect(wrong.exitCode).toBe(69);
    expect(malformed.exitCode).toBe(78);
    const told = [run, wrong, malformed].flatMap(({ stdout, stderr }) => [stdout, stderr]);
    const files = pathsBelow(join(installation.folder, 'logs')).filter((path) => statSync(path).isFile());
    const everything = [...seen, ...told, ...files.map((path) => readFileSync(path, 'utf8'))].join('\n');
    // The name of a database user is none: without it nobody would know who was refused.
    expect(everything.match(/s3cret-\w+|.{0,40}ftp:.{0,40}/g) ?? []).toEqual([]);
  }, 120_000);
});

function pathsBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  } catch {
    return []; // something was removed under our eyes
  }
}

function readProcess(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return ''; // it ended meanwhile
  }
}
