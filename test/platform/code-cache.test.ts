// Runs small programs by a starter of their own, each run a process, as bin/ does it. The code of one program under the
// header of another of the same length tells whether it was used: V8 then runs what the code says, and not the text.

import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeFolders } from '../../src/platform/code-cache.ts';

const HEADER_BYTES = 256;

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'code-cache-'));
  const source = readFileSync(join(import.meta.dirname, '../../src/platform/code-cache.ts'), 'utf8');
  const { code } = transformSync(source, { loader: 'ts', format: 'cjs', target: 'node20.12' });
  writeFileSync(join(folder, 'code-cache.cjs'), code);
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface RunOptions {
  readonly digest?: string;
  readonly folders?: readonly string[];
  readonly nodeOptions?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Writes the program; all programs with words of one length have one length. */
function writeProgram(word: string, { isWorthKeeping = true } = {}): void {
  const text = `(function(exports,require,module,__filename,__dirname){
function say() { process.stdout.write(${JSON.stringify(word)}); }
say();
exports.isWorthKeeping = () => ${isWorthKeeping};
})`;
  writeFileSync(join(folder, 'program.cjs'), text);
  utimesSync(join(folder, 'program.cjs'), 1_700_000_000, 1_700_000_000); // as npm does with what it installs
}

/** Gives what the program printed; fails unless it ended well. */
async function run({
  digest = 'a',
  folders = [folder],
  nodeOptions = [],
  env = {},
}: RunOptions = {}): Promise<string> {
  const request = `{ file: ${JSON.stringify(join(folder, 'program.cjs'))}, digest: ${JSON.stringify(digest)}, folders: ${JSON.stringify(folders)}, require }`;
  writeFileSync(join(folder, 'start.cjs'), `require('./code-cache.cjs').runProgram(${request});`);
  const child = spawn(process.execPath, [...nodeOptions, join(folder, 'start.cjs')], {
    env: { ...process.env, ...env },
  });
  const said: string[] = [];
  child.stdout.on('data', (data) => said.push(String(data)));
  child.stderr.on('data', (data) => said.push(`stderr: ${data}`));
  const exitCode = await new Promise((resolve) => child.once('close', resolve));
  return exitCode === 0 ? said.join('') : `exit ${String(exitCode)}: ${said.join('')}`;
}

function codeFile(): string {
  return join(folder, `program.cjs-${process.version}-${process.arch}.code`);
}

function inode(): number {
  return statSync(codeFile()).ino;
}

/** Leaves, for the program that says `text`, the code of one that says `word`: whole, and in all that is checked right. */
async function forge(word: string, text: string): Promise<void> {
  writeProgram(word);
  await run();
  const code = readFileSync(codeFile()).subarray(HEADER_BYTES);
  rmSync(codeFile());
  writeProgram(text);
  await run();
  const header = readFileSync(codeFile()).subarray(0, HEADER_BYTES);
  writeFileSync(codeFile(), Buffer.concat([header, code]));
}

describe('runProgram', () => {
  it('keeps the code of the first run, and leaves it alone afterwards', async () => {
    writeProgram('one');

    expect(await run()).toBe('one');
    const made = inode();
    expect(await run()).toBe('one');
    expect(inode()).toBe(made);
    expect(statSync(codeFile()).mode & 0o777).toBe(0o644);
  });

  it('runs the code that it kept', async () => {
    await forge('one', 'two');

    expect(await run()).toBe('one');
  });

  it('keeps nothing of a run that the program does not think worth it', async () => {
    writeProgram('one', { isWorthKeeping: false });

    expect(await run()).toBe('one');
    expect(existsSync(codeFile())).toBe(false);
  });

  it('makes the code anew for another build of the same length and time', async () => {
    writeProgram('one');
    await run({ digest: 'a' });
    writeProgram('two');

    expect(await run({ digest: 'b' })).toBe('two');
    expect(await run({ digest: 'b' })).toBe('two');
  });

  it('makes the code anew for a bundle that was edited by hand', async () => {
    writeProgram('one');
    await run();
    writeProgram('two');
    utimesSync(join(folder, 'program.cjs'), 1_700_000_001, 1_700_000_001);

    expect(await run()).toBe('two');
  });

  it('makes the code anew where V8 does not take it, as with flags from the environment', async () => {
    writeProgram('one');
    await run();
    const made = inode();

    expect(await run({ env: { NODE_OPTIONS: '--max-semi-space-size=2' } })).toBe('one');
    expect(inode()).not.toBe(made);
  });

  it('keeps the code of runs with other options apart', async () => {
    writeProgram('one');
    await run();
    const made = inode();

    for (const _ of ['makes it', 'takes it']) expect(await run({ nodeOptions: ['--no-opt'] })).toBe('one');

    expect(inode()).toBe(made);
    expect(readdirSync(folder).filter((name) => name.endsWith('-noopt.code'))).toHaveLength(1);
  });

  it.each([
    { what: 'a changed byte in its first copy', damage: (bytes: Buffer) => flip(bytes, HEADER_BYTES + 100) },
    { what: 'a changed byte in its second copy', damage: (bytes: Buffer) => flip(bytes, bytes.length - 100) },
    { what: 'a changed byte in its header', damage: (bytes: Buffer) => flip(bytes, 30) },
    { what: 'an end that is missing', damage: (bytes: Buffer) => bytes.subarray(0, bytes.length - 2) },
    { what: 'a header and nothing else', damage: (bytes: Buffer) => bytes.subarray(0, HEADER_BYTES) },
    { what: 'half a header', damage: (bytes: Buffer) => bytes.subarray(0, 100) },
    { what: 'nothing in it', damage: () => Buffer.alloc(0) },
    { what: 'something else in it', damage: () => Buffer.from('#!/bin/sh\n') },
  ])('runs without a cache that has $what, and makes a whole one', async ({ damage }) => {
    await forge('one', 'two');
    writeFileSync(codeFile(), damage(readFileSync(codeFile())));

    expect(await run()).toBe('two');
    const made = inode();
    expect(await run()).toBe('two');
    expect(inode()).toBe(made);
  });

  it('does not believe a file that others may write', async () => {
    await forge('one', 'two');
    chmodSync(codeFile(), 0o664);

    expect(await run()).toBe('two');
    expect(statSync(codeFile()).mode & 0o777).toBe(0o644);
  });

  // Only root can make a file that belongs to somebody else.
  it.runIf(process.geteuid?.() === 0)('does not believe a file of another user', async () => {
    await forge('one', 'two');
    chownSync(codeFile(), 65_534, 65_534);

    expect(await run()).toBe('two');
    expect(statSync(codeFile()).uid).toBe(0);
  });

  it('does without where no folder can be written', async () => {
    writeProgram('one');
    const folders = [join(folder, 'program.cjs', 'below-a-file'), '/proc/nowhere'];

    expect(await run({ folders })).toBe('one');
    expect(readdirSync(folder).toSorted()).toEqual(['code-cache.cjs', 'program.cjs', 'start.cjs']);
  });

  it('makes and uses the next folder where the first cannot be written', async () => {
    writeProgram('one');
    const next = join(folder, 'next');
    mkdirSync(next);
    const folders = [join(folder, 'program.cjs', 'below-a-file'), next];

    expect(await run({ folders })).toBe('one');
    const [name] = readdirSync(next);
    const made = statSync(join(next, name!)).ino;
    expect(await run({ folders })).toBe('one');
    expect(statSync(join(next, name!)).ino).toBe(made);
  });

  it('is made by many at once, and leaves one whole file', async () => {
    writeProgram('one');

    const said = await Promise.all(Array.from({ length: 6 }, () => run()));

    expect(said).toEqual(Array.from({ length: 6 }, () => 'one'));
    expect(readdirSync(folder).filter((name) => name.includes('.code'))).toHaveLength(1);
    const made = inode();
    expect(await run()).toBe('one');
    expect(inode()).toBe(made);
  });

  it('says what a program throws, with its stack', async () => {
    writeFileSync(join(folder, 'program.cjs'), '(function(){ throw new Error("no way") })');

    expect(await run()).toMatch(/^exit 1: .*program\.cjs:1.*no way/s);
  });
});

describe('codeFolders', () => {
  it.each([
    { env: {}, also: ['/srv/storage'] },
    { env: { STORAGE_DIR: '/var/lib/svc' }, also: ['/var/lib/svc'] },
    { env: { CACHE_DIRECTORY: '/var/cache/svc:/var/cache/other' }, also: ['/var/cache/svc', '/srv/storage'] },
  ])('names the program’s own and then those of $env', ({ env, also }) => {
    expect(codeFolders('/opt/svc/dist', '/srv', env)).toEqual(['/opt/svc/dist', ...also]);
  });
});

function flip(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at]! ^= 1;
  return changed;
}
