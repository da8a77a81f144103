import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

import { afterEach, describe, expect, it } from 'vitest';

import { currentProcess, processState, type ProcessIdentity } from '../../src/platform/process-identity.ts';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** A child that waits, with the identity that it would write down. */
async function startIdle(): Promise<{ child: ChildProcess; identity: ProcessIdentity }> {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  started.push(child);
  await once(child, 'spawn');
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1');
  const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return { child, identity: { ...currentProcess(), pid: child.pid!, startTime } };
}

describe('processState', () => {
  it('calls this process alive', () => {
    expect(processState(currentProcess())).toBe('alive');
  });

  it('calls a killed process gone', async () => {
    const { child, identity } = await startIdle();
    expect(processState(identity)).toBe('alive');

    child.kill('SIGKILL');
    await once(child, 'exit');

    expect(processState(identity)).toBe('gone');
  });

  it('calls a stopped process alive', async () => {
    const { child, identity } = await startIdle();

    child.kill('SIGSTOP');

    expect(processState(identity)).toBe('alive');
  });

  it('calls a process gone whose pid was given to another', () => {
    expect(processState({ ...currentProcess(), startTime: '1' })).toBe('gone');
  });

  it.each([
    { host: 'elsewhere' },
    { bootId: 'another-boot' },
    { pidNamespace: 'pid:[1]' },
    { startTime: undefined },
    { bootId: undefined },
  ])('cannot tell about a process with %j', (differs) => {
    expect(processState({ ...currentProcess(), pid: 999_999_999, ...differs })).toBe('unknown');
  });
});
