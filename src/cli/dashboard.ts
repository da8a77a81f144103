// The command `dashboard`: serves a live page that can be looked at and nothing else, until a signal comes. Beside this
// machine itself only those may look who have the token.

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { STYLE } from '../pages/style.ts';
import { loadConfig } from '../platform/config.ts';
import { EXIT } from '../platform/operational-error.ts';
import { listenForShutdown } from '../platform/shutdown.ts';
import { pageOf } from './dashboard/frame.ts';
import { lookWith } from './dashboard/look.ts';
import { Lookout } from './dashboard/lookout.ts';
import { serveDashboard } from './dashboard/server.ts';
import { openPreparedStore } from './open-configured-store.ts';
import { printLine, say } from './output.ts';

export interface DashboardOptions {
  readonly host: string;
  readonly port: number;
}

const LOOK_EVERY_MS = 3_000;
/** Somebody looks at the page: what stands in the way is told there, and not waited for. */
const RECONNECT_FOR_MS = 1_000;

/** Serves until SIGINT or SIGTERM, and gives the exit code. Rejects with USAGE where the port cannot be had. */
export async function dashboardCommand({ host, port }: DashboardOptions): Promise<number> {
  const config = loadConfig({ cwd: process.cwd() });
  await using store = await openPreparedStore(config, { reconnectForMs: RECONNECT_FOR_MS });
  const isOpen = !isLoopback(host);
  const token = config.dashboardToken ?? (isOpen ? randomBytes(16).toString('hex') : undefined);
  const now = (): number => Date.now();
  const lookout = new Lookout({ look: lookWith(store, config), everyMs: LOOK_EVERY_MS, now });
  using shutdown = listenForShutdown();
  const stopped = new Promise<void>((resolve) =>
    shutdown.graceful.addEventListener('abort', () => resolve()),
  );
  {
    await using server = await serveDashboard({
      host,
      port,
      policy: { token, hostNames: [hostname(), host].map((name) => name.toLowerCase()) },
      lookout,
      style: STYLE,
      pageOf: (topic, sight) => pageOf(topic, sight, now()),
      now,
    });
    await printLine(addressOf(host, server.port, config.dashboardToken === undefined ? token : undefined));
    if (isOpen)
      say(
        'note: what is sent is not encrypted; over a network put it behind TLS, or reach it through an SSH tunnel',
      );
    await Promise.race([stopped, lookout.failed]);
  }
  await lookout.close();
  return shutdown.request()?.exitCode ?? EXIT.done;
}

/** The token stands in the address only where it was made up: one that was set is known. */
function addressOf(host: string, port: number, token: string | undefined): string {
  const name = /^(?:0\.0\.0\.0|::)$/.test(host) ? hostname() : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}/${token === undefined ? '' : `?token=${token}`}`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
