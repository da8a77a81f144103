// Starts the real mail servers once for the whole run, on one port. Where one cannot be had, says so in a line that
// cannot be overlooked; its tests are then skipped.

import type { TestProject } from 'vitest/node';
import { findFreePort, startRealMta, type MtaName } from '../support/real-mta.ts';
import { MTA_IP, MTA_NAMES, mailTableOf } from './mail-table.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    mailServerPort: number;
    /** The servers that run. */
    mailServers: readonly MtaName[];
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const port = await findFreePort(Object.values(MTA_IP));
  const started = await startAll(port);
  for (const { name, mta } of started) {
    if ('missing' in mta)
      process.stderr.write(`\n*** NO INTEROP WITH ${name.toUpperCase()}: ${mta.missing}\n\n`);
  }
  project.provide('mailServerPort', port);
  project.provide(
    'mailServers',
    started.flatMap(({ name, mta }) => ('missing' in mta ? [] : [name])),
  );
  return () => stopAll(started);
}

type Started = { readonly name: MtaName; readonly mta: Awaited<ReturnType<typeof startRealMta>> };

// When one fails that should have started, the other is stopped before the failure is told.
async function startAll(port: number): Promise<Started[]> {
  const outcomes = await Promise.allSettled(
    MTA_NAMES.map(async (name) => ({
      name,
      mta: await startRealMta(name, { ip: MTA_IP[name], port }, mailTableOf(name)),
    })),
  );
  const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed === undefined) return started;
  await stopAll(started);
  throw failed.reason;
}

async function stopAll(started: readonly Started[]): Promise<void> {
  await Promise.all(started.map(({ mta }) => ('missing' in mta ? undefined : mta.stop())));
}
