// Completions: that for bash is run by bash, as the built program prints it and for a program of all kinds of options; those
// for zsh and fish are looked at.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandTree, withDefaultCommand } from '../../src/cli/command-tree.ts';
import { completionScript } from '../../src/cli/completion.ts';
import { sampleProgram } from './sample-program.ts';

const tree = withDefaultCommand(commandTree(sampleProgram()), 'work');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'svc-completion-'));
  for (const name of ['list one.csv', 'list.txt', 'other']) writeFileSync(join(folder, name), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What bash would offer behind these words, the last of which is being written. */
function complete(script: string, words: readonly string[]): string[] {
  const { stdout, stderr, status } = spawnSync(
    'bash',
    [
      '--norc',
      '-c',
      `eval "$1"; shift
       COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
       function=$(complete -p "$1"); function=\${function#*-F }
       "\${function%% *}"
       printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      script,
      ...words,
    ],
    { cwd: folder, encoding: 'utf8' },
  );
  if (status !== 0 || stderr !== '') throw new Error(`bash ended with ${status}: ${stderr}`);
  return stdout.split('\n').filter((line) => line !== '');
}

describe('in bash', () => {
  const script = completionScript('bash', tree);

  it.each<{ words: readonly string[]; offered: readonly string[] }>([
    { words: [''], offered: ['work', 'read', 'group'] },
    { words: ['-'], offered: ['-V', '--version', '-h', '--help', '--fast'] },
    { words: ['work', ''], offered: [] },
    { words: ['re'], offered: ['read'] },
    { words: ['--f'], offered: ['--fast'] },
    { words: ['read', '--'], offered: ['--output', '--level', '--since', '--help'] },
    { words: ['read', '--level', ''], offered: ['some', 'all'] },
    { words: ['read', '--level', '=', 'a'], offered: ['all'] },
    { words: ['read', '--level', '='], offered: ['some', 'all'] },
    { words: ['read', '--since', ''], offered: [] },
    { words: ['read', '-o', 'list'], offered: ['list one.csv', 'list.txt'] },
    { words: ['read', 'oth'], offered: ['other'] },
    { words: ['read', '--since', 'group', '--l'], offered: ['--level'] },
    { words: ['group', ''], offered: ['print'] },
    { words: ['group', 'print', 'o'], offered: ['one', 'other'] },
    { words: ['group', 'print', 'one', ''], offered: [] },
    { words: ['group', 'print', 'one', '-'], offered: ['-h', '--help'] },
    { words: ['group', 'nonsense', ''], offered: ['print'] },
    { words: ['$(touch broken)', "it's"], offered: [] },
  ])('offers $offered behind $words', ({ words, offered }) => {
    expect(complete(script, ['sample', ...words]).toSorted()).toEqual(offered.toSorted());
  });

  it('is what the built program prints', () => {
    const { stdout } = spawnSync(resolve('bin/smtp-validate-cron'), ['completion', 'bash'], {
      encoding: 'utf8',
    });

    expect(complete(stdout, ['smtp-validate-cron', 'doc'])).toEqual(['doctor']);
    expect(complete(stdout, ['smtp-validate-cron', 'config', ''])).toContain('print');
    expect(complete(stdout, ['smtp-validate-cron', 'completion', ''])).toEqual(
      expect.arrayContaining(['bash', 'zsh', 'fish']),
    );
    expect(complete(stdout, ['smtp-validate-cron', '--dry'])).toEqual(['--dry-run']);
  });
});

it('knows the same for zsh', () => {
  const script = completionScript('zsh', tree);

  expect(script).toMatch(/^#compdef sample$/m);
  expect(script).toContain(String.raw`(':read') place='read' ;;`);
  expect(script).toContain(String.raw`('read:--level') values=('some' 'all'); compadd -a values; return ;;`);
  expect(script).toContain(String.raw`('read:-o'|'read:--output') _files; return ;;`);
  expect(script).toContain(
    String.raw`commands=('work:the daily work' 'read:read a file' 'group:more of it')`,
  );
});

it('knows the same for fish', () => {
  const lines = completionScript('fish', tree).split('\n');

  expect(lines).toContain(
    "complete -c sample -n 'not __fish_seen_subcommand_from work read group' -a 'read' -d 'read a file'",
  );
  expect(lines).toContain(
    "complete -c sample -n '__fish_seen_subcommand_from read' -l level -x -a 'some all' -d 'how much'",
  );
  expect(lines).toContain(
    "complete -c sample -n '__fish_seen_subcommand_from read' -s o -l output -r -F -d 'where to'",
  );
  expect(lines).toContain(
    "complete -c sample -n '__fish_seen_subcommand_from group; and __fish_seen_subcommand_from print; and not __fish_seen_subcommand_from one other' -a 'one'",
  );
});
