// What became of an installation's rows, held against what its hosts were scripted to mean and what they saw.

import type { Installation } from './installation.ts';

/** How many rows are decided. */
export async function decided(installation: Installation): Promise<number> {
  const [row] = await installation.database.query<{ n: number }>(
    'SELECT COUNT(*) AS n FROM emails WHERE domain_processed = 1',
  );
  return Number(row!.n);
}

/** True when no row that is decided has another verdict than its hosts were scripted to mean. */
export async function verdictsAgree(installation: Installation): Promise<boolean> {
  const rows = await installation.database.query<{ id: number; validation_status: string }>(
    'SELECT id, validation_status FROM emails WHERE domain_processed = 1',
  );
  const expected = installation.world.lists.flatMap(({ addresses }) => addresses);
  return rows.every(({ id, validation_status: status }) => expected[id - 1]!.verdict === status);
}

/** Addresses that a host was asked about more often than its greylisting and our schedule explain. */
export function askedTwice(installation: Installation): string[] {
  const times = new Map<string, number>();
  for (const { address } of installation.internet.witness.recipients())
    times.set(address, (times.get(address) ?? 0) + 1);
  const plain = installation.world.lists
    .flatMap(({ addresses }) => addresses)
    .filter(({ kind }) => kind === 'accepted' || kind === 'unknown');
  return plain.filter(({ email }) => (times.get(email) ?? 0) > 1).map(({ email }) => email);
}
