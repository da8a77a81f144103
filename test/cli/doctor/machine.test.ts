import { describe, expect, it } from 'vitest';
import { judgeNode, judgeOpenFiles, judgeProcesses, parseLimits } from '../../../src/cli/doctor/machine.ts';

describe('judgeNode', () => {
  it.each([
    ['18.20.4', '2026-11-28', 'failure'],
    ['20.11.1', '2026-01-01', 'failure'],
    ['20.12.0', '2026-01-01', 'ok'],
    ['20.20.2', '2026-04-30', 'ok'],
    ['20.20.2', '2026-05-01', 'warning'],
    ['22.23.3', '2026-11-28', 'ok'],
    ['26.0.0', '2026-11-28', 'ok'],
  ])('of %s on %s is %s', (version, day, grade) => {
    expect(judgeNode(version, Date.parse(`${day}T12:00:00Z`)).grade).toBe(grade);
  });
});

const PROC = `Limit                     Soft Limit           Hard Limit           Units
Max processes             4096                 8192                 processes
Max open files            1024                 524288               files
Max locked memory         unlimited            unlimited            bytes
`;

describe('parseLimits', () => {
  it.each([
    { text: PROC, limits: { openFiles: 1024, processes: 4096 } },
    { text: PROC.replace('4096', 'unlimited'), limits: { openFiles: 1024, processes: Infinity } },
    { text: '', limits: { openFiles: undefined, processes: undefined } },
  ])('reads $limits', ({ text, limits }) => {
    expect(parseLimits(text)).toEqual(limits);
  });
});

describe('limits', () => {
  const pool = { totalWorkersPool: 50, maxSessionsPerWorker: 16 };

  it.each([
    [1024, pool, 'ok'],
    [Infinity, pool, 'ok'],
    [256, pool, 'failure'],
    [1024, { totalWorkersPool: 5, maxSessionsPerWorker: 500 }, 'ok'],
    [512, { totalWorkersPool: 5, maxSessionsPerWorker: 500 }, 'failure'],
    [undefined, pool, 'warning'],
  ] as const)('of %s open files for %j are %s', (openFiles, size, grade) => {
    expect(judgeOpenFiles({ openFiles, processes: undefined }, size).grade).toBe(grade);
  });

  it('says how many sockets there will be', () => {
    expect(judgeOpenFiles({ openFiles: 256, processes: undefined }, pool).text).toBe(
      '256 for each process, and one process needs 280: 50 workers with 16 sessions are 800 sockets',
    );
  });

  it.each([
    [4096, 'ok'],
    [Infinity, 'ok'],
    [500, 'failure'],
    [undefined, 'warning'],
  ] as const)('of %s processes are %s', (processes, grade) => {
    expect(judgeProcesses({ openFiles: undefined, processes }, pool).grade).toBe(grade);
  });
});
