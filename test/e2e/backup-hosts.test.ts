// Two dozen domains whose own mail hosts are dead, and one host that is the backup of them all: the built program, and that
// host's own log.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { World, WorldHost } from '../support/internet/world.ts';
import type { Zone } from '../support/internet/zone.ts';
import { waitFor } from '../support/wait-for.ts';
import { Installation } from './installation.ts';

const DOMAINS = Array.from({ length: 24 }, (_, at) => `d${at}.test`);
const BACKUP = 'mx.backup.test';

const script = {
  name: BACKUP,
  latencyMs: 20,
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
beforeEach(async () => {
  installation = await Installation.make({ database: 'sqlite', world });
});
afterEach(() => installation[Symbol.asyncDispose]());

const tally = () => installation.internet.witness.tallyOf(BACKUP);

async function decided(): Promise<unknown[]> {
  const rows = await installation.database.query<{ verdict: string; n: number }>(
    'SELECT validation_status AS verdict, COUNT(*) AS n FROM emails GROUP BY validation_status ORDER BY 1',
  );
  return rows.map(({ verdict, n }) => [verdict, Number(n)]);
}
const ALL_DECIDED = [
  ['invalid', 24],
  ['valid', 24],
];

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
    const { exitCode } = await installation.start(['run']).ended;

    expect([exitCode, await decided()]).toEqual([0, ALL_DECIDED]);
    expect(tally().maxOpen).toBeLessThanOrEqual(2);
    expect(tally().connections).toBeLessThan(24);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'loses no row of a cycle that is ended by %s',
    async (signal) => {
      const { child, ended } = installation.start(['run']);
      await waitFor(() => tally().rcpts > 0, 'the backup host is asked');

      child.kill(signal);
      await ended;
      await waitFor(() => tally().open === 0 && installation.workers().length === 0, 'nobody is left');
      const leftOver = await installation.pending();
      await installation.run([]); // what the last cycle had claimed is this server's
      await installation.runUntilDecided();

      expect(leftOver).toBeGreaterThan(0);
      expect(await decided()).toEqual(ALL_DECIDED);
      expect(tally().maxOpen).toBeLessThanOrEqual(2);
      const asked = installation.internet.witness.recipients().map(({ address }) => address);
      for (const email of addresses) {
        const times = asked.filter((address) => address === email).length;
        expect([email, times >= 1 && times <= (signal === 'SIGTERM' ? 1 : 2)]).toEqual([email, true]);
      }
    },
    60_000,
  );
});
