// What the MX hosts saw, held against what the program says it did: how many connections and questions, and
// whether anybody was asked twice within one attempt.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { formatAddress, parseAddress } from '../../src/domain/address.ts';
import { Witness, type WitnessEvent } from '../support/internet/witness.ts';

export interface WitnessFacts {
  readonly hosts: number;
  readonly connections: number;
  /** The most connections at once that any one host saw. */
  readonly mostAtOnce: number;
  readonly rcpts: number;
  readonly violations: readonly string[];
  /** Addresses that one host answered more often than the program made attempts. */
  readonly askedTwice: readonly string[];
}

/** Reads the witness file and the batch files. */
export function gatherFacts(witnessFile: string, storageDir: string): WitnessFacts {
  const witness = new Witness();
  const hosts = new Set<string>();
  for (const line of readFileSync(witnessFile, 'utf8').split('\n')) {
    if (line === '') continue;
    const event = JSON.parse(line) as WitnessEvent;
    hosts.add(event.host);
    witness.record(event);
  }
  const { connections, rcpts } = witness.tally();
  return {
    hosts: hosts.size,
    connections,
    mostAtOnce: Math.max(0, ...[...hosts].map((host) => witness.tallyOf(host).maxOpen)),
    rcpts,
    violations: witness.violations(),
    askedTwice: askedTwice(witness.events, attemptsByAddress([storageDir])),
  };
}

/**
 * The addresses that a host answered more often than the program made attempts. Pure; `attempts` is how often the
 * program says it probed each address, and control recipients are not in it.
 */
export function askedTwice(events: readonly WitnessEvent[], attempts: ReadonlyMap<string, number>): string[] {
  const answered = new Map<string, { address: string; times: number }>();
  for (const { address, host } of answeredRecipients(events)) {
    const key = `${host} ${address}`;
    answered.set(key, { address, times: (answered.get(key)?.times ?? 0) + 1 });
  }
  return [...answered.values()]
    .filter(({ address, times }) => times > (attempts.get(address) ?? Infinity))
    .map(({ address }) => address);
}

// Replies come in the order of the commands (RFC 2920 §3.2), after the greeting, which answers none. A 503 to a RCPT
// that was pipelined behind a refused MAIL says nothing of the address.
function* answeredRecipients(events: readonly WitnessEvent[]): Iterable<{ address: string; host: string }> {
  const waiting = new Map<number, string[]>();
  for (const { session, type, text, host } of events) {
    if (type === 'connect') waiting.set(session, ['']);
    else if (type === 'command') waiting.get(session)!.push(text);
    else if (type === 'reply') {
      const address = /^RCPT TO:<(.*)>/i.exec(waiting.get(session)!.shift() ?? '')?.[1];
      if (address !== undefined && !/^503|^\(/.test(text)) yield { address, host };
    }
  }
}

/**
 * How often each address was probed, by the batch files of all servers: a batch file has the last result of each of
 * its rows, and that has the number of the attempt.
 */
export function attemptsByAddress(storageDirs: readonly string[]): Map<string, number> {
  const attempts = new Map<string, number>();
  for (const path of storageDirs.flatMap((storageDir) => batchFiles(storageDir))) {
    const { results } = JSON.parse(readFileSync(path, 'utf8')) as BatchFile;
    for (const { email, attempt } of results) {
      const address = parseAddress(email);
      if ('problem' in address) continue;
      const asked = formatAddress(address);
      attempts.set(asked, Math.max(attempts.get(asked) ?? 0, attempt));
    }
  }
  return attempts;
}

function batchFiles(storageDir: string): string[] {
  const folder = join(storageDir, 'batches');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((entry) => entry.endsWith('.json'))
    .map((entry) => join(folder, entry));
}

interface BatchFile {
  readonly results: readonly { readonly email: string; readonly attempt: number }[];
}
