// Brings a world to life on this machine: its DNS server, and every MX host on its own loopback address at one
// common port. Nothing of it is reachable from outside.

import { startDnsServer, type DnsServer } from './dns-server.ts';
import { startMxHost, type MxHost } from './mx-host.ts';
import { Witness } from './witness.ts';
import type { World, WorldHost } from './world.ts';

export interface InternetOptions {
  /** Reply time of every host whose script says nothing else; 0 by default. */
  readonly latencyMs?: number | undefined;
  /** Of every DNS answer; 0 by default. */
  readonly dnsDelayMs?: number | undefined;
  /** NDJSON file to which the witness is appended as well. */
  readonly witnessFile?: string | undefined;
}

export interface Internet extends AsyncDisposable {
  /** `127.0.0.1:port`, as DNS_SERVERS wants it. */
  readonly dnsServer: string;
  readonly smtpPort: number;
  readonly witness: Witness;
  readonly dns: DnsServer;
  close(): Promise<void>;
}

const PORT_ATTEMPTS = 20;
// Below the system's ephemeral ports, so that no outgoing connection can hold the port of a host.
const PORTS = { from: 20_000, count: 12_000 } as const;

/** Starts everything, or nothing: what was started before a failure is closed again. */
export async function startInternet(
  world: Pick<World, 'zone' | 'hosts'>,
  options: InternetOptions = {},
): Promise<Internet> {
  const witness = new Witness(options.witnessFile);
  const hosts = await startHosts(world.hosts, witness, options.latencyMs ?? 0);
  const dns = await startDnsServer(world.zone, { delayMs: options.dnsDelayMs });
  const close = async () => {
    await Promise.all([dns.close(), ...hosts.running.map((host) => host.close())]);
    await witness.close();
  };
  return { dnsServer: dns.address, smtpPort: hosts.port, witness, dns, close, [Symbol.asyncDispose]: close };
}

// One port for all: where it is taken on one of the addresses, another is tried for all.
async function startHosts(
  hosts: readonly WorldHost[],
  witness: Witness,
  latencyMs: number,
): Promise<{ port: number; running: MxHost[] }> {
  const alive = hosts.filter((host) => host.isDead === undefined);
  for (let attempt = 1; ; attempt++) {
    const port = PORTS.from + Math.floor(Math.random() * PORTS.count);
    const started = await Promise.allSettled(
      alive.map(({ ip, script }) => startMxHost({ latencyMs, ...script }, { ip, port, witness })),
    );
    const running = started.flatMap((host) => (host.status === 'fulfilled' ? [host.value] : []));
    const failed = started.find((host) => host.status === 'rejected');
    if (failed === undefined) return { port, running };
    await Promise.all(running.map((host) => host.close()));
    if ((failed.reason as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === PORT_ATTEMPTS) {
      throw failed.reason;
    }
  }
}
