// Gets Debian packages onto the disk without installing them: downloaded by apt and unpacked into a cache folder,
// with those packages that they need and that are not installed. So two mail servers that exclude each other as
// packages can both be had, and no root is needed. What cannot be had is said in a sentence.

import { execFile } from 'node:child_process';
import { existsSync, lstatSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where the packages are unpacked, as if it were `/`; or why they cannot be had. */
export type Unpacked = { readonly folder: string } | { readonly missing: string };

/** Gives the folder of the unpacked packages, which stays for the next time. Never throws for want of apt or a network. */
export async function unpackPackages(packages: readonly string[]): Promise<Unpacked> {
  const names = packages.join(' ');
  try {
    const cache = await openCache();
    const folder = join(cache, packages.join('+'));
    if (!existsSync(folder)) await fillFolder(cache, folder, packages);
    return { folder };
  } catch (error) {
    return { missing: `the Debian package(s) ${names} cannot be had: ${sentenceOf(error)}` };
  }
}

// What lies here is run, at times by root: a folder that somebody else made or may write to is not trusted.
async function openCache(): Promise<string> {
  const { uid } = userInfo();
  const cache = join(tmpdir(), `smtp-validate-debian-${uid}`);
  await mkdir(cache, { mode: 0o755, recursive: true });
  const found = lstatSync(cache);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0) {
    throw new Error(`${cache} belongs to somebody else or can be written by others`);
  }
  return cache;
}

async function fillFolder(cache: string, folder: string, packages: readonly string[]): Promise<void> {
  const work = await mkdtemp(join(cache, 'work-'));
  try {
    const { options, names } = await namesToFetch(cache, packages);
    await run('apt-get', [...options, 'download', ...names], { cwd: work });
    const root = join(work, 'root');
    await mkdir(root, { mode: 0o755 });
    for (const file of await readdir(work)) {
      if (file.endsWith('.deb')) await run('dpkg-deb', ['-x', join(work, file), root]);
    }
    await dropSetuid(root);
    // Whole when it has its name; whoever else unpacks the same at the same time loses the race, and nothing else.
    await rename(root, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The packages and what they need beside what is installed, by apt's own reckoning. */
async function namesToFetch(
  cache: string,
  packages: readonly string[],
): Promise<{ options: readonly string[]; names: readonly string[] }> {
  const reckon = async (options: readonly string[]) => {
    const args = [...options, '-s', 'install', '--no-install-recommends', ...packages];
    const { stdout } = await run('apt-get', args);
    const needed = stdout.split('\n').flatMap((line) => /^Inst (\S+)/.exec(line)?.[1] ?? []);
    return { options, names: [...new Set([...packages, ...needed])] };
  };
  try {
    return await reckon([]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new Error('there is no apt-get here', { cause: error });
    // The system's package lists are not there or too old; lists of our own need no root.
    const options = await ownLists(cache);
    await run('apt-get', [...options, 'update']);
    try {
      return await reckon(options);
    } catch (cause) {
      throw new Error(`${sentenceOf(cause)}, after apt-get update; is a Debian mirror reachable?`, { cause });
    }
  }
}

async function ownLists(cache: string): Promise<string[]> {
  const [lists, archives] = [join(cache, 'apt-lists'), join(cache, 'apt-cache')];
  await Promise.all([lists, archives].map((path) => mkdir(join(path, 'partial'), { recursive: true })));
  return [
    '-o',
    `Dir::State::lists=${lists}`,
    '-o',
    `Dir::Cache=${archives}`,
    '-o',
    'APT::Sandbox::User=root',
  ];
}

// Unpacked by root, a mail server's programs are setuid root, and would be so for everybody on this machine.
async function dropSetuid(root: string): Promise<void> {
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const { mode } = lstatSync(path);
    if ((mode & 0o6000) !== 0) await chmod(path, mode & 0o1777);
  }
}

function sentenceOf(error: unknown): string {
  const { message, stderr } = error as Error & { stderr?: string };
  const said = stderr?.split('\n').find((line) => line.startsWith('E: '));
  return said ?? message;
}
