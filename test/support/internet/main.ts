// The small internet as a process of its own, so that what runs against it has its processor to itself and can
// be killed without it:
//
//   internet --world FILE | --generate OPTIONS-JSON  [--latency-ms N] [--witness FILE]
//
// Prints one line, {"ready":true,"dns":"127.0.0.1:port","smtpPort":port,"hosts":n}, and ends on SIGTERM, on
// SIGINT unless a parent holds an IPC channel to it (which then decides), and when that parent is gone.
// A parent may send 'flush'; 'flushed' comes back when the witness file has everything so far.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startInternet } from './internet.ts';
import { makeWorld, type World, type WorldOptions } from './world.ts';

main().catch((error: unknown) => {
  process.stderr.write(`small internet: ${(error as Error).message}\n`);
  process.exit(1);
});

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      world: { type: 'string' },
      generate: { type: 'string' },
      'latency-ms': { type: 'string', default: '0' },
      witness: { type: 'string' },
    },
  });
  process.title = 'small-internet';
  // Listened to from the start: a parent may be gone before the first host listens.
  const over = endOfUse();
  const world = readWorld(values.world, values.generate);
  const internet = await startInternet(world, {
    latencyMs: Number(values['latency-ms']),
    witnessFile: values.witness,
  });
  process.on('message', (message) => {
    if (message === 'flush') void internet.witness.flush().then(() => process.send?.('flushed'));
  });
  const ready = {
    ready: true,
    dns: internet.dnsServer,
    smtpPort: internet.smtpPort,
    hosts: world.hosts.length,
  };
  process.stdout.write(`${JSON.stringify(ready)}\n`);

  await over;
  await internet.close();
  if (process.connected) process.disconnect();
}

/** Resolves when nobody needs the internet any more. */
async function endOfUse(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('disconnect', resolve);
    process.on('SIGINT', () => {
      if (!process.connected) resolve();
    });
  });
}

function readWorld(file: string | undefined, generate: string | undefined): Pick<World, 'zone' | 'hosts'> {
  if (file !== undefined) return JSON.parse(readFileSync(file, 'utf8')) as World;
  if (generate !== undefined) return makeWorld(JSON.parse(generate) as WorldOptions);
  throw new Error('give --world FILE or --generate OPTIONS');
}
