// Real mail servers for tests: Debian's Postfix, Exim and OpenSMTPD, unpacked and not installed, each with a configuration and
// queue of its own in a temporary folder, on a loopback address. They run as whoever runs the tests; accounts
// that they ask for are given to them by nss_wrapper, and the right to change users by uid_wrapper where the
// caller is not root. How each is configured: real-postfix.ts, real-exim.ts, real-opensmtpd.ts.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { unpackPackages } from './debian-packages.ts';
import { ACCOUNTS, libraryTriplet, type MailTable, type Place } from './mta-ground.ts';
import { prepareExim } from './real-exim.ts';
import { prepareOpensmtpd } from './real-opensmtpd.ts';
import { preparePostfix } from './real-postfix.ts';
import { waitFor } from './wait-for.ts';

export interface RealMta extends AsyncDisposable {
  readonly place: Place;
  stop(): Promise<void>;
}

export type MtaName = 'postfix' | 'exim' | 'opensmtpd';

const PACKAGES = { postfix: ['postfix'], exim: ['exim4-daemon-light'], opensmtpd: ['opensmtpd'] } as const;
/** Postfix starts only as root; Exim also as the user that it would become. */
const NEEDS_ROOT = { postfix: true, exim: false, opensmtpd: true } as const;
/** Who plays root cannot have a root folder of its own. */
const NEEDS_REAL_ROOT: ReadonlySet<MtaName> = new Set<MtaName>(['opensmtpd']);
const PREPARE = { postfix: preparePostfix, exim: prepareExim, opensmtpd: prepareOpensmtpd } as const;

const WRAPPERS = ['libnss-wrapper', 'libuid-wrapper'];
/** Starts a server, or says what is missing for it. Rejects when it has everything and does not start all the same. */
export async function startRealMta(
  name: MtaName,
  place: Place,
  table: MailTable,
): Promise<RealMta | { readonly missing: string }> {
  const isRoot = userInfo().uid === 0;
  if (NEEDS_REAL_ROOT.has(name) && !isRoot)
    return { missing: `${name} has its places compiled in, and only root can give it others` };
  const [packages, wrappers] = [await unpackPackages(PACKAGES[name]), await unpackPackages(WRAPPERS)];
  if ('missing' in packages) return packages;
  if ('missing' in wrappers) return wrappers;

  const folder = await mkdtemp(join(tmpdir(), `smtp-validate-${name}-`));
  await chmod(folder, 0o755); // the server's own users go through it
  const command = await PREPARE[name]({ root: packages.folder, folder, place, table, isRoot });
  const env = { ...(await wrapperEnvironment(wrappers.folder, folder, NEEDS_ROOT[name])), ...command.env };
  const outputFile = join(folder, 'output.log');
  const child = spawn(command.program, command.args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = createWriteStream(outputFile);
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });

  const stop = async () => {
    await end(child);
    output.end();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitFor(() => hasEnded(child) || greets(place), `${name} greets`, 20_000);
    if (hasEnded(child)) throw new Error(`${name} ended at once:\n${readFileSync(outputFile, 'utf8')}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { place, stop, [Symbol.asyncDispose]: stop };
}

/** A port that is free on all of these addresses. */
export async function findFreePort(ips: readonly string[]): Promise<number> {
  for (;;) {
    let port = 0;
    const servers = [];
    try {
      for (const ip of ips) {
        const server = createServer();
        servers.push(server);
        server.listen(port, ip);
        await once(server, 'listening');
        port = (server.address() as { port: number }).port;
      }
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    } finally {
      for (const server of servers) server.close();
    }
  }
}

// An ordinary user cannot become another one: the caller is then Exim's user, and plays root before Postfix.
async function wrapperEnvironment(
  wrappers: string,
  folder: string,
  needsRoot: boolean,
): Promise<Record<string, string>> {
  const own = userInfo();
  const isRoot = own.uid === 0;
  const playsRoot = needsRoot && !isRoot;
  const exim = isRoot ? { uid: ACCOUNTS.exim, gid: ACCOUNTS.exim } : own;
  const accounts = [
    `Debian-exim:x:${exim.uid}:${exim.gid}::/nonexistent:/bin/false`,
    `postfix:x:${ACCOUNTS.postfix}:${ACCOUNTS.postfix}::/nonexistent:/bin/false`,
  ];
  const groups = [
    `Debian-exim:x:${exim.gid}:`,
    `postfix:x:${ACCOUNTS.postfix}:`,
    `postdrop:x:${ACCOUNTS.postdrop}:`,
  ];
  const [passwdFile, groupFile] = [join(folder, 'passwd'), join(folder, 'group')];
  // Ours first: the machine may have an account of this name, which stands on its own ground.
  await writeFile(passwdFile, `${accounts.join('\n')}\n${readFileSync('/etc/passwd', 'utf8')}`);
  await writeFile(groupFile, `${groups.join('\n')}\n${readFileSync('/etc/group', 'utf8')}`);
  const library = (kind: 'nss' | 'uid') =>
    join(wrappers, 'usr/lib', libraryTriplet(), `lib${kind}_wrapper.so`);
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    NSS_WRAPPER_PASSWD: passwdFile,
    NSS_WRAPPER_GROUP: groupFile,
    LD_PRELOAD: [library('nss'), ...(playsRoot ? [library('uid')] : [])].join(' '),
    ...(playsRoot ? { UID_WRAPPER: '1', UID_WRAPPER_ROOT: '1' } : {}),
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

async function greets({ ip, port }: Place): Promise<boolean> {
  const socket = connect({ host: ip, port, timeout: 1_000 });
  try {
    const [greeting] = (await once(socket, 'data')) as [Buffer];
    socket.write('QUIT\r\n');
    return greeting.toString('latin1').startsWith('220');
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
