import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const call = (script: string, ...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/run-ts.mjs', script, ...args], {
    cwd: resolve('.'),
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
};

describe('the options of developers’ commands', () => {
  it.each([
    { script: 'test/bench/main.ts', name: 'npm run bench' },
    { script: 'scripts/bench-idle.ts', name: 'npm run bench:idle' },
    { script: 'scripts/bench-import.ts', name: 'npm run bench:import' },
    { script: 'scripts/bench-workers.ts', name: 'npm run bench:workers' },
    { script: 'scripts/bench-schedule.ts', name: 'npm run bench:schedule' },
    { script: 'scripts/bench-replies.ts', name: 'npm run bench:replies' },
    { script: 'test/large/size/main.ts', name: 'npm run bench:size' },
    { script: 'test/crash/main.ts', name: 'npm run test:crash' },
    { script: 'test/demo/main.ts', name: 'npm run demo' },
  ])('$name tells its usage, and nothing else', ({ script, name }) => {
    const { status, stdout, stderr } = call(script, '--help');

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: ${name}( -- .+)?\n$`));
  });

  it.each([
    { given: ['--adresses', '9'], said: "Unknown option '--adresses'" },
    { given: ['--addresses', '9'], said: '--addresses takes a whole number from 100 to 1000000' },
    { given: ['--set', 'TOTAL_WORKERS_POOL'], said: '--set takes KEY=VALUE' },
    { given: ['20000'], said: "Unexpected argument '20000'" },
  ])('refuses $given with a sentence and the usage, and starts nothing', ({ given, said }) => {
    const { status, stdout, stderr } = call('test/bench/main.ts', ...given);

    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr.split('\n')[0]).toBe(said);
    expect(stderr).toMatch(/\nUsage: npm run bench -- .+\n$/);
  });
});
