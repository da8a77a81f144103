// Runs another program on the same addresses and the same internet, after ours, and tells its figures and how many times as
// much it took. It is run by a shell, is done when it ends with 0, and finds in its environment:
//
//   BENCH_ADDRESSES    a file with one address a line
//   BENCH_DNS_SERVER   ip:port of the DNS server that knows the domains
//   BENCH_SMTP_PORT    the port of all mail hosts
//   BENCH_EHLO_NAME, BENCH_MAIL_FROM    who it may say that it is
//
// What it finds out is its own affair: only what it costs is measured.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure, RunOfOurs } from './figures.ts';
import type { Laboratory } from './laboratory.ts';
import { runMeasured } from './run-measured.ts';
import { environment } from './site.ts';

export async function compare(
  { root, internet, addresses }: Laboratory,
  command: string,
  ours: RunOfOurs,
): Promise<readonly Figure[]> {
  const file = join(root, 'addresses.txt');
  writeFileSync(file, addresses.map(({ email }) => `${email}\n`).join(''));
  await internet.reset();
  const measured = await runMeasured({
    command: ['sh', '-c', command],
    folder: root,
    env: {
      ...environment(),
      BENCH_ADDRESSES: file,
      BENCH_DNS_SERVER: internet.dnsServer,
      BENCH_SMTP_PORT: String(internet.smtpPort),
      BENCH_EHLO_NAME: 'verifier.example.net',
      BENCH_MAIL_FROM: 'probe@verifier.example.net',
    },
    name: 'compared',
  });
  const seen = await internet.counts();
  const both = [
    { name: 'wall', theirs: measured.wallMs / 1000, ours: ours.measured.wallMs / 1000, unit: 's' },
    { name: 'processor time', theirs: measured.cpuMs, ours: ours.measured.cpuMs, unit: 'ms' },
    { name: 'connections', theirs: seen.connections, ours: ours.seen.connections, unit: '' },
    { name: 'round trips', theirs: seen.roundTrips, ours: ours.seen.roundTrips, unit: '' },
    { name: 'DNS questions', theirs: seen.dnsQuestions, ours: ours.seen.dnsQuestions, unit: '' },
    { name: 'RCPTs', theirs: seen.rcpts, ours: ours.seen.rcpts, unit: '' },
    { name: 'connections at once', theirs: seen.mostAtOnce, ours: ours.seen.mostAtOnce, unit: '' },
  ];
  return both.flatMap(({ name, theirs, ours: own, unit }) => [
    { name: `the other: ${name}`, value: theirs, unit },
    { name: '  times ours', value: theirs / own, unit: '×' },
  ]);
}
