// The demo's sizes, and the settings under which it runs the program: its own folder, its own DNS, loopback
// mail hosts, and waits of seconds where production has minutes.

import { join } from 'node:path';
import type { WorldOptions } from '../support/internet/world.ts';

export const DEMO_WORLD: WorldOptions = {
  seed: 5813,
  domains: 200,
  lists: [
    { userId: 5, addresses: 1500 },
    { userId: 8, addresses: 800 },
    { userId: 13, addresses: 300 },
  ],
  greylistSeconds: 1,
};

/** How far away the demo's mail hosts are. */
export const LATENCY_MS = 30;

/** Where the demo keeps its things. */
export interface DemoFolder {
  readonly path: string;
  readonly logs: string;
  readonly storage: string;
  readonly database: string;
  readonly world: string;
  readonly witness: string;
}

export function demoFolder(path: string): DemoFolder {
  const storage = join(path, 'storage');
  return {
    path,
    logs: join(path, 'logs'),
    storage,
    database: join(storage, 'smtp-validate.db'),
    world: join(path, 'world.json'),
    witness: join(path, 'witness.ndjson'),
  };
}

/** The settings that differ from what production has by default. */
export function demoSettings(
  folder: DemoFolder,
  internet: { readonly dnsServer: string; readonly smtpPort: number },
): Readonly<Record<string, string>> {
  return {
    STORAGE_DIR: folder.storage,
    LOG_DIR: folder.logs,
    DNS_SERVERS: internet.dnsServer,
    SMTP_PORT: String(internet.smtpPort),
    ALLOW_PRIVATE_MX: 'true',
    SMTP_EHLO_NAME: 'verifier.example.net',
    SMTP_MAIL_FROM: 'probe@verifier.example.net',
    RETRY_DELAYS_SECONDS: '2,3',
    SIP_SMTP_SOCKET_TIMEOUT: '2',
  };
}

// Nothing else of the caller's environment: a DATABASE_URL in it must not turn the demo on real rows.
const KEPT = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'NO_COLOR'];

/** The whole environment of the program under the demo's settings. */
export function programEnvironment(
  settings: Readonly<Record<string, string>>,
): Record<string, string | undefined> {
  return { ...Object.fromEntries(KEPT.map((key) => [key, process.env[key]])), ...settings };
}
