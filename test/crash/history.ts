// Tells how a row came to be what it is: what the tables, the logs of both servers and the MX hosts say of it, and what
// was broken meanwhile, in order of time where it has one.

import { formatAddress, parseAddress } from '../../src/domain/address.ts';
import type { WitnessEvent } from '../support/internet/witness.ts';
import type { Crm } from './crm.ts';
import type { DoneFault } from './faults.ts';
import type { ImportedRow } from './judge-probes.ts';
import type { Server } from './servers.ts';

export interface Sources {
  readonly crm: Crm;
  readonly servers: readonly Server[];
  readonly events: readonly WitnessEvent[];
  readonly faults: readonly DoneFault[];
}

/** Faults that came this long before a session of the row began, or after it ended, are told with it. */
const AROUND_MS = 3_000;

export async function historyOf(row: ImportedRow, sources: Sources): Promise<string[]> {
  const { email } = row.expected;
  const { verdict, reason, kind } = row.expected;
  return [
    `row ${row.id} ${JSON.stringify(email)}: ${kind}, expected ${verdict} by ${reason}`,
    ...(await sources.crm.historyOf(row.id)),
    ...sources.servers.flatMap((server) =>
      server.logLines(`EMAIL: ${email} `).map(({ file, line }) => `${server.name}/${file}: ${line}`),
    ),
    ...told(email, sources),
  ];
}

function told(email: string, { events, faults }: Sources): string[] {
  const address = parseAddress(email);
  if ('problem' in address) return [];
  const command = `RCPT TO:<${formatAddress(address)}>`;
  const sessions = new Set(
    events.filter(({ text }) => text.startsWith(command)).map(({ session }) => session),
  );
  const seen = events.filter(({ session }) => sessions.has(session));
  const isNear = ({ at }: DoneFault) => seen.some((event) => Math.abs(event.at - at) < AROUND_MS);
  return [
    ...seen.map(({ at, host, session, type, text }) => ({
      at,
      line: `${host} session ${session} ${type} ${text}`,
    })),
    ...faults.filter(isNear).map(({ at, kind, victim }) => ({ at, line: `*** ${kind}: ${victim}` })),
  ]
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, line }) => `${new Date(at).toISOString()} ${line}`);
}
