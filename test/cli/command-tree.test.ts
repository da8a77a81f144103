import { expect, it } from 'vitest';
import { commandPaths, commandTree, withDefaultCommand } from '../../src/cli/command-tree.ts';
import { sampleProgram } from './sample-program.ts';

const tree = commandTree(sampleProgram());
const find = (path: string) => commandPaths(tree).find(({ words }) => words.join(' ') === path)!.command;

it('has every command, and none that commander adds', () => {
  expect(commandPaths(tree).map(({ words }) => words.join(' '))).toEqual([
    '',
    'work',
    'read',
    'group',
    'group print',
  ]);
});

it('tells what an option takes', () => {
  expect(find('read').options.map(({ names, value }) => [...names, value])).toEqual([
    ['-o', '--output', 'file'],
    ['--level', ['some', 'all']],
    ['--since', 'unknown'],
    ['-h', '--help', undefined],
  ]);
});

it('tells what an argument may be', () => {
  expect(find('read').arguments).toEqual([{ name: 'file', description: 'what to read', value: 'file' }]);
  expect(find('group print').arguments[0]?.value).toEqual(['one', 'other']);
});

it('has what a help says around it', () => {
  expect(find('read').examples).toEqual(['sample read -o x a.csv', String.raw`printf 'a\n' | sample read -`]);
  expect(find('read').remarks).toBe('Mind the\ngap.');
  expect(find('work').examples).toEqual([]);
});

it('gives the program the options of its default command', () => {
  expect(withDefaultCommand(tree, 'work').options.map(({ flags }) => flags)).toEqual([
    '-V, --version',
    '-h, --help',
    '--fast',
  ]);
});
