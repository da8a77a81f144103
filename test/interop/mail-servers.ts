// Starts the real mail servers once for the whole run, on one port. Where one cannot be had, says so in a line that
// cannot be overlooked; its tests are then skipped.

import type { TestProject } from 'vitest/node';
import { startGreylistPolicy } from '../support/greylist-policy.ts';
import { findFreePort, startRealMta, type MtaName } from '../support/real-mta.ts';
import { MTA_IP, MTA_NAMES, mailTableOf } from './mail-table.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    mailServerPort: number;
    /** The servers that run. */
    mailServers: readonly MtaName[];
  }
}

const GREYLIST_MS = 1_500;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const port = await findFreePort(Object.values(MTA_IP));
  const policy = await startGreylistPolicy(GREYLIST_MS);
  const started = await startAll(port, policy.port);
  for (const { name, mta } of started) {
    if ('missing' in mta)
      process.stderr.write(`\n*** NO INTEROP WITH ${name.toUpperCase()}: ${mta.missing}\n\n`);
  }
  project.provide('mailServerPort', port);
  project.provide(
    'mailServers',
    started.flatMap(({ name, mta }) => ('missing' in mta ? [] : [name])),
  );
  return async () => {
    await stopAll(started);
    await policy.stop();
  };
}

type Started = { readonly name: MtaName; readonly mta: Awaited<ReturnType<typeof startRealMta>> };

// One after the other, since apt works for one caller at a time. When one fails that should have started, those
// that run are stopped before the failure is told.
async function startAll(port: number, policyPort: number): Promise<Started[]> {
  const started: Started[] = [];
  try {
    for (const name of MTA_NAMES) {
      const mta = await startRealMta(name, { ip: MTA_IP[name], port }, mailTableOf(name, policyPort));
      started.push({ name, mta });
    }
    return started;
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

async function stopAll(started: readonly Started[]): Promise<void> {
  await Promise.all(started.map(({ mta }) => ('missing' in mta ? undefined : mta.stop())));
}
