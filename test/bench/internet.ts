// The internet of a benchmark as a process of its own: mail hosts and a DNS server, told and asked over IPC. `startInternet`
// is the benchmark's end of it, `serveInternet` what runs in the process, which is this very program started again.

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { startDnsServer } from '../support/internet/dns-server.ts';
import { Hosts, type HostCounts } from './hosts.ts';
import { makeWorld, type WorldOptions } from './world.ts';

/** Of every DNS answer: a caching resolver nearby. */
export const DNS_LATENCY_MS = 5;

export interface InternetOptions {
  readonly world: WorldOptions;
  readonly latencyMs: number;
}

export interface InternetCounts extends HostCounts {
  readonly dnsQuestions: number;
}

export interface Internet {
  readonly smtpPort: number;
  /** `127.0.0.1:port` */
  readonly dnsServer: string;
  readonly pid: number;
  /** Forgets what was counted. */
  reset(): Promise<void>;
  counts(): Promise<InternetCounts>;
  stop(): Promise<void>;
}

type Request = { readonly type: 'reset' } | { readonly type: 'counts' };

/** Starts the process; `program` is what calls serveInternet() when it is run with these arguments. */
export async function startInternet(
  program: string,
  args: readonly string[],
  options: InternetOptions,
): Promise<Internet> {
  const child = fork(program, [...args, JSON.stringify(options)], { execArgv: [] });
  const ask = async <Answer>(request?: Request): Promise<Answer> => {
    const answered = Promise.race([once(child, 'message'), once(child, 'exit').then(diedEarly)]);
    if (request !== undefined) child.send(request);
    return ((await answered) as [Answer])[0];
  };
  const { smtpPort, dnsServer } = await ask<{ smtpPort: number; dnsServer: string }>();
  return {
    smtpPort,
    dnsServer,
    pid: child.pid!,
    reset: () => ask<undefined>({ type: 'reset' }),
    counts: () => ask<InternetCounts>({ type: 'counts' }),
    stop: () => stop(child),
  };
}

function diedEarly(): never {
  throw new Error('the internet of the benchmark ended before it was told to');
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}

/** Serves until whoever started it lets go. */
export async function serveInternet(argument: string): Promise<void> {
  const { world, latencyMs } = JSON.parse(argument) as InternetOptions;
  const { internet, addresses } = makeWorld(world);
  const emails = addresses.map(({ email }) => email);
  const hosts = await Hosts.start(internet, latencyMs);
  const dns = await startDnsServer(internet.zone, { delayMs: DNS_LATENCY_MS });
  let questionsBefore = 0;
  process.on('message', (request: Request) => {
    if (request.type === 'reset') {
      hosts.reset();
      questionsBefore = dns.questions.length;
      process.send!(null);
    } else {
      const counts: InternetCounts = {
        ...hosts.counts(emails),
        dnsQuestions: dns.questions.length - questionsBefore,
      };
      process.send!(counts);
    }
  });
  process.send!({ smtpPort: hosts.port, dnsServer: dns.address });
  await once(process, 'disconnect');
  await Promise.all([hosts.close(), dns.close()]);
}
