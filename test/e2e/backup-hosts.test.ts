// Two dozen domains whose own mail hosts are dead, and one host that is the backup of them all: the built program, and that
// host's own log.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { World, WorldHost } from '../support/internet/world.ts';
import type { Zone } from '../support/internet/zone.ts';
import { Installation } from './installation.ts';

const DOMAINS = Array.from({ length: 24 }, (_, at) => `d${at}.test`);
const BACKUP = 'mx.backup.test';

const script = {
  name: BACKUP,
  latencyMs: 5,
  rcpt: (address: string) => (address.startsWith('real') ? '250 2.1.5 ok' : '550 5.1.1 no such user'),
};
const hosts: readonly WorldHost[] = [{ name: BACKUP, ip: '127.0.92.1', script }];
const zone: Record<string, Zone[string]> = { [BACKUP]: { a: ['127.0.92.1'] } };
for (const domain of DOMAINS) {
  zone[`mx.${domain}`] = { a: ['127.0.92.2'] };
  zone[domain] = {
    mx: [
      { preference: 10, exchange: `mx.${domain}` },
      { preference: 20, exchange: BACKUP },
    ],
  };
}
const addresses = DOMAINS.flatMap((domain) => [`real@${domain}`, `nobody@${domain}`]);
const world: World = {
  zone,
  hosts,
  lists: [
    {
      userId: 5,
      name: 'one',
      addresses: addresses.map((email) => ({
        email,
        kind: 'plain',
        verdict: email.startsWith('real') ? ('valid' as const) : ('invalid' as const),
        reason: email.startsWith('real') ? ('accepted' as const) : ('mailbox-not-found' as const),
      })),
    },
  ],
  excludedAccounts: [],
  excludedDomains: [],
};

let installation: Installation;
beforeAll(async () => {
  installation = await Installation.make({ database: 'sqlite', world });
});
afterAll(() => installation[Symbol.asyncDispose]());

const tally = () => installation.internet.witness.tallyOf(BACKUP);

describe('a backup host that many domains share', () => {
  it('sees one connection of `check` at a time', async () => {
    const { exitCode, stdout } = await installation.start(['check', '--json', ...addresses]).ended;

    const told = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly email: string; readonly status: string });
    expect(told.filter(({ email, status }) => email.startsWith('real') && status === 'valid')).toHaveLength(
      24,
    );
    expect(told.filter(({ status }) => status === 'invalid')).toHaveLength(24);
    expect([exitCode, tally().maxOpen]).toEqual([2, 1]);
  });

  it('sees two of a cycle, and far fewer in all than it serves domains', async () => {
    const before = tally().connections;

    const { exitCode } = await installation.start(['run']).ended;

    const decided = await installation.database.query<{ verdict: string; n: number }>(
      'SELECT validation_status AS verdict, COUNT(*) AS n FROM emails GROUP BY validation_status ORDER BY 1',
    );
    expect([exitCode, decided.map(({ verdict, n }) => [verdict, Number(n)])]).toEqual([
      0,
      [
        ['invalid', 24],
        ['valid', 24],
      ],
    ]);
    expect(tally().maxOpen).toBeLessThanOrEqual(2);
    expect(tally().connections - before).toBeLessThan(24);
  });
});
