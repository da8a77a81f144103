// A world brought to life: DNS and hosts answer on loopback, in this process or in one of their own.
import { build } from 'esbuild';
import { fork } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startInternet } from '../support/internet/internet.ts';
import { startInternetProcess } from '../support/internet/process.ts';
import type { WitnessEvent } from '../support/internet/witness.ts';
import { makeWorld, type World } from '../support/internet/world.ts';
import { connectTo } from './smtp-client.ts';

const world = makeWorld({ seed: 11, domains: 60, lists: [{ userId: 1, addresses: 300 }] });

async function lookUp(
  dnsServer: string,
  { zone }: World,
  kind: 'plain',
): Promise<{ ip: string; domain: string }> {
  const first = world.lists[0]!.addresses.find(
    (address) => address.kind === 'accepted' && /^[\w.]+@[\w.-]+$/.test(address.email),
  );
  if (kind !== 'plain' || first === undefined || Object.keys(zone).length === 0)
    throw new Error('no such domain');
  const domain = first.email.slice(first.email.indexOf('@') + 1);
  const resolver = new Resolver();
  resolver.setServers([dnsServer]);
  const [mx] = await resolver.resolveMx(domain);
  const [ip] = await resolver.resolve4(mx!.exchange);
  return { ip: ip!, domain };
}

describe('startInternet', () => {
  it('leads from a domain over the DNS to a host that answers for it', async () => {
    await using internet = await startInternet(world);
    const { ip } = await lookUp(internet.dnsServer, world, 'plain');
    await using client = await connectTo({ ip, port: internet.smtpPort });

    expect(await client.replies(1)).toEqual([expect.stringMatching(/^220 mx\.host-\d+\.example /)]);
    expect(internet.witness.events[0]).toMatchObject({ type: 'connect', ip });
  });

  it('refuses connections to dead hosts', async () => {
    await using internet = await startInternet(world);
    const dead = world.hosts.find(({ isDead }) => isDead)!;
    const socket = connect(internet.smtpPort, dead.ip);

    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];

    expect(error.code).toBe('ECONNREFUSED');
  });

  it('answers ten thousand recipients over fifty connections within a few seconds', async () => {
    await using internet = await startInternet(world);
    const hosts = world.hosts
      .filter(({ script }) => script.domains !== undefined && script.ehlo === undefined)
      .slice(0, 5);
    const ask = async (ip: string, domain: string) => {
      await using client = await connectTo({ ip, port: internet.smtpPort });
      client.send('EHLO v\r\n');
      await client.replies(2);
      client.send(
        `MAIL FROM:<probe@verifier.example.net>\r\n${Array.from({ length: 200 }, (_, i) => `RCPT TO:<u${i}@${domain}>\r\n`).join('')}`,
      );
      return await client.replies(201);
    };

    const before = performance.now();
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, i) => hosts[i % hosts.length]!).map(({ ip, script }) =>
        ask(ip, script.domains![0]!),
      ),
    );

    expect(replies.flat()).toHaveLength(50 * 201);
    expect(internet.witness.tally()).toMatchObject({
      connections: 50,
      rcpts: 10_000,
      maxRcptsPerConnection: 200,
    });
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});

describe('the internet as a process', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'small-internet-'));
    await writeFile(join(folder, 'world.json'), JSON.stringify(world));
    await build({
      entryPoints: ['test/support/internet/main.ts'],
      outfile: join(folder, 'internet.cjs'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is ready when it says so, tells what it saw, and ends when stopped', async () => {
    const witnessFile = join(folder, 'witness.ndjson');
    const started = {
      program: join(folder, 'internet.cjs'),
      worldFile: join(folder, 'world.json'),
      witnessFile,
    };
    let port: number;
    let ip: string;
    {
      await using internet = await startInternetProcess(started);
      port = internet.smtpPort;
      ({ ip } = await lookUp(internet.dnsServer, world, 'plain'));
      await using client = await connectTo({ ip, port });
      await client.replies(1);
      await internet.flushWitness();

      const seen = (await readFile(witnessFile, 'utf8')).trimEnd().split('\n');
      expect(seen.map((line) => (JSON.parse(line) as WitnessEvent).type)).toEqual(['connect', 'reply']);
    }

    const [error] = (await once(connect(port, ip), 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });

  it('ends when its parent is gone before it is ready', async () => {
    const args = ['--world', join(folder, 'world.json')];
    const child = fork(join(folder, 'internet.cjs'), args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    await once(child, 'spawn');

    child.disconnect();

    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('says when it cannot start', async () => {
    const program = join(folder, 'internet.cjs');

    await expect(startInternetProcess({ program, worldFile: join(folder, 'absent.json') })).rejects.toThrow(
      'before it was ready',
    );
  });
});
