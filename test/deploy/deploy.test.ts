// The files of deploy/ and the package: what stands in them fits together and fits the program. There is no container engine
// here: what an engine would refuse is looked for by hand.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { waitFor } from '../support/wait-for.ts';
import { SERVICE_TABLES } from '../../src/store/schema.ts';
import { SETTINGS } from '../../src/platform/settings.ts';

const SETTING_KEYS = new Set<string>(Object.keys(SETTINGS));
const PINNED = /^[\w./-]+:\d+\.\d+(?:[\w.-]*)$/;

describe('the package', () => {
  it('holds what is needed, and nothing else', () => {
    const [pack] = JSON.parse(
      execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' }),
    ) as [{ readonly size: number; readonly files: readonly { readonly path: string }[] }];
    const folders = new Map<string, string[]>();
    for (const { path } of pack.files) {
      const [folder = '', ...rest] = path.includes('/') ? path.split('/') : ['.', path];
      folders.set(folder, [...(folders.get(folder) ?? []), rest.join('/')]);
    }

    expect(
      Object.fromEntries([...folders].map(([folder, files]) => [folder, files.toSorted()])),
    ).toMatchObject({
      bin: ['package.json', 'smtp-validate-cron', 'smtp-worker'],
      dist: [
        'disposable-domains.txt',
        'smtp-validate-cron-later.cjs',
        'smtp-validate-cron-program.cjs',
        'smtp-validate-cron.1',
        'smtp-validate-cron.cjs',
        'smtp-worker-program.cjs',
        'smtp-worker.cjs',
      ],
      deploy: [
        'crontab',
        'docker/Dockerfile',
        'docker/Dockerfile.dockerignore',
        'docker/compose.yaml',
        'docker/every-minute.sh',
        'grants.sql',
        'logrotate/smtp-validate-cron',
        'systemd/smtp-validate-cron.service',
        'systemd/smtp-validate-cron.timer',
      ],
    });
    expect([...folders.keys()].toSorted()).toEqual(['.', 'bin', 'config', 'deploy', 'dist', 'docs']);
    expect(pack.size).toBeLessThan(900_000);
  }, 60_000);
});

describe('docs/migrating.md', () => {
  it('names all tables of ours where it tells how to remove them', () => {
    const [, names = ''] = /DROP TABLE ([^;]+);/.exec(readFileSync('docs/migrating.md', 'utf8')) ?? [];

    expect(names.split(', ').toSorted()).toEqual(SERVICE_TABLES.map(({ name }) => name).toSorted());
  });
});

describe('deploy/docker/Dockerfile', () => {
  const instructions = readFileSync('deploy/docker/Dockerfile', 'utf8')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
      return { name, rest };
    });
  const of = (wanted: string) => instructions.filter(({ name }) => name === wanted).map(({ rest }) => rest);

  it('pins its base, and builds in another stage than it runs in', () => {
    expect(of('ARG')).toHaveLength(1);
    expect(of('ARG')[0]!.replace('NODE_IMAGE=', '')).toMatch(PINNED);
    expect(of('FROM')).toEqual(['${NODE_IMAGE} AS build', '${NODE_IMAGE} AS run']);
  });

  it('runs as nobody special, says when it is ill, and knows how to stop', () => {
    const names = instructions.map(({ name }) => name);

    expect(of('USER')).toEqual(['node']);
    expect(names.lastIndexOf('RUN')).toBeLessThan(names.indexOf('USER'));
    expect(of('HEALTHCHECK')[0]).toMatch(/--start-period=150s .*CMD \["every-minute", "--healthy"\]$/);
    expect(of('STOPSIGNAL')).toEqual(['SIGTERM']);
    expect(names).not.toContain('ADD');
  });

  it('copies what is there', () => {
    const sources = of('COPY').flatMap((rest) => {
      const words = rest.split(/\s+/).filter((word) => !word.startsWith('--'));
      return words.slice(0, -1).map((word) => word.replace(/^\/build\//, ''));
    });

    expect(sources.filter((path) => path !== 'dist' && path !== 'node_modules' && !existsSync(path))).toEqual(
      [],
    );
    expect(readFileSync('deploy/docker/Dockerfile.dockerignore', 'utf8').split('\n')).toEqual(
      expect.arrayContaining(['.env', 'node_modules', 'dist', 'storage']),
    );
  });

  it('sets only settings that the program has', () => {
    const keys = of('ENV').flatMap((rest) => [...rest.matchAll(/(\w+)=/g)].map(([, key]) => key!));

    expect(keys.filter((key) => key !== 'NODE_ENV' && !SETTING_KEYS.has(key))).toEqual([]);
  });
});

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: object;
  readonly command?: readonly string[];
}

describe('deploy/docker/compose.yaml', () => {
  const file = parse(readFileSync('deploy/docker/compose.yaml', 'utf8'), { merge: true }) as {
    readonly services: Readonly<Record<string, Service>>;
    readonly secrets: object;
    readonly volumes: object;
  };
  const services = Object.entries(file.services);
  const ours = services.filter(([name]) => name !== 'db');

  it('has a database, its migration and two servers with names of their own', () => {
    expect(services.map(([name]) => name)).toEqual(['db', 'migrate', 'verifier', 'verifier-2']);
    expect(file.services['db']!.image).toMatch(PINNED);
    const names = ours.flatMap(([, { environment }]) => environment['SERVER_ID'] ?? []);
    expect(new Set(names).size).toBe(2);
    expect(file.services['verifier-2']!.command).toEqual(['30', 'smtp-validate-cron']);
  });

  it('names nothing that is not there', () => {
    const missing = services.flatMap(([name, { depends_on = {}, secrets = [], volumes = [], build }]) => [
      ...Object.entries(depends_on).flatMap(([on, { condition }]) => {
        const needsHealth = condition === 'service_healthy' && file.services[on]?.healthcheck === undefined;
        return on in file.services && !needsHealth ? [] : [`${name}: ${on} ${condition}`];
      }),
      ...secrets.filter((secret) => !(secret in file.secrets)),
      ...volumes.map((volume) => volume.split(':')[0]!).filter((volume) => !(volume in file.volumes)),
      ...(build === undefined || existsSync(resolve('deploy/docker', build.context, build.dockerfile))
        ? []
        : [build.dockerfile]),
    ]);

    expect(missing).toEqual([]);
  });

  it('gives no more rights than are needed, and no password in the open', () => {
    for (const [, service] of ours) {
      expect(service).toMatchObject({
        user: 'node',
        read_only: true,
        init: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
    }
    const keys = services.flatMap(([, { environment }]) => Object.keys(environment));
    expect(keys.filter((key) => /PASSWORD/.test(key) && !key.endsWith('_FILE'))).toEqual([]);
  });

  it('sets only settings that the program has', () => {
    const keys = ours.flatMap(([, { environment }]) => Object.keys(environment));

    expect(keys.filter((key) => key !== 'TZ' && !SETTING_KEYS.has(key))).toEqual([]);
  });
});

describe('every-minute.sh', () => {
  const PROGRAM = resolve('deploy/docker/every-minute.sh');
  let folder: string;
  const script = (name: string, text: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  const environment = () => ({
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    TMPDIR: folder,
    HERE: folder,
  });
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'svc-minute-'));
    script('date', 'echo 1000000047'); // 27 seconds past the minute
    script('sleep', 'echo "$1" >>"$HERE/slept"');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    { offset: '0', seconds: 33 },
    { offset: '30', seconds: 3 },
    { offset: '27', seconds: 60 },
    { offset: '28', seconds: 1 },
  ])('waits $seconds s at 27 s past the minute, with an offset of $offset', ({ offset, seconds }) => {
    script('cycle', 'kill -TERM $PPID');

    spawnSync(PROGRAM, [offset, 'cycle'], { env: environment() });

    expect(read('slept').split('\n')[0]).toBe(String(seconds));
  });

  it('hands a signal to the cycle, waits for it to drain, and ends with its code', async () => {
    script(
      'cycle',
      'trap "echo drained >$HERE/drained; exit 143" TERM; echo >"$HERE/begun"; while :; do /bin/sleep 0.05; done',
    );
    const child = spawn(PROGRAM, ['0', 'cycle'], { env: environment() });
    const ended = new Promise<number | null>((done) => child.once('exit', done));
    await waitFor(() => existsSync(join(folder, 'begun')), 'the cycle began');

    child.kill('SIGTERM');

    expect(await ended).toBe(143);
    expect(read('drained')).toBe('drained\n');
  });

  it.each([
    { code: 0, isHealthy: true },
    { code: 1, isHealthy: true },
    { code: 69, isHealthy: false },
    { code: 78, isHealthy: false },
  ])('is healthy after a cycle that ended with $code: $isHealthy', ({ code, isHealthy }) => {
    script('cycle', `[ -e "$HERE/second" ] && kill -TERM $PPID; touch "$HERE/second"; exit ${code}`);
    spawnSync(PROGRAM, ['0', 'cycle'], { env: environment() });

    expect(spawnSync(PROGRAM, ['--healthy'], { env: environment() }).status === 0).toBe(isHealthy);
  });

  it('is healthy before the first cycle', () => {
    expect(spawnSync(PROGRAM, ['--healthy'], { env: environment() }).status).toBe(0);
  });

  it.each([[['60', 'x']], [['cycle']], [['0']], [[]]])('refuses %j', (args) => {
    expect(spawnSync(PROGRAM, args, { env: environment() }).status).toBe(64);
  });
});
