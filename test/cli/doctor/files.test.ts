import { describe, expect, it } from 'vitest';
import { judgeLock, judgeRoom } from '../../../src/cli/doctor/files.ts';
import type { LockHolder, LockState } from '../../../src/files/lock-holder.ts';

const GIB = 2 ** 30;
const room = { freeBytes: 50 * GIB, freeFiles: 1_000_000, fileSystem: 0xef53 };

describe('judgeRoom', () => {
  it.each([
    { case: 'room enough', room, grades: ['ok'] },
    { case: 'little room', room: { ...room, freeBytes: GIB }, grades: ['warning'] },
    { case: 'no room', room: { ...room, freeBytes: GIB / 20 }, grades: ['failure'] },
    { case: 'few inodes', room: { ...room, freeFiles: 5000 }, grades: ['warning'] },
    { case: 'no inodes', room: { ...room, freeFiles: 10 }, grades: ['failure'] },
    { case: 'inodes as they come', room: { ...room, freeFiles: Infinity }, grades: ['ok'] },
    { case: 'NFS', room: { ...room, fileSystem: 0x6969 }, grades: ['ok', 'warning'] },
  ])('knows $case', ({ room: found, grades }) => {
    expect(judgeRoom('STORAGE_DIR', '/x', found).map(({ grade }) => grade)).toEqual(grades);
  });

  it('has nothing against logs on NFS', () => {
    expect(judgeRoom('LOG_DIR', '/x', { ...room, fileSystem: 0x6969 })).toHaveLength(1);
  });
});

describe('judgeLock', () => {
  const now = 1_000_000;
  const holder: LockHolder = {
    pid: 77,
    startTime: '1',
    bootId: 'b',
    pidNamespace: 'n',
    host: 'alpha',
    server: 'alpha',
    cycle: 'c',
    startedAt: '2026-11-28T03:00:00.000Z',
    folder: { ino: '1', birth: '1' },
  };
  const held = (process: 'alive' | 'gone' | 'unknown', silentMs: number, by?: LockHolder): LockState => ({
    type: 'held',
    holder: by,
    process,
    refreshedAt: now - silentMs,
  });

  it.each<{ case: string; state: LockState; grade: string; says: string }>([
    { case: 'a free lock', state: { type: 'free' }, grade: 'ok', says: 'no cycle runs' },
    { case: 'a cycle at work', state: held('alive', 3000, holder), grade: 'ok', says: 'process 77 on alpha' },
    {
      case: 'a holder that stands still',
      state: held('alive', 90_000, holder),
      grade: 'warning',
      says: 'for 90 s',
    },
    {
      case: 'a dead holder',
      state: held('gone', 3000, holder),
      grade: 'ok',
      says: 'the next cycle takes it',
    },
    {
      case: 'a stale lock of nobody known',
      state: held('unknown', 90_000),
      grade: 'ok',
      says: 'silent for 90 s',
    },
    {
      case: 'a fresh lock of nobody known',
      state: held('unknown', 3000),
      grade: 'warning',
      says: 'cannot be told',
    },
    {
      case: 'a lock refreshed in the future',
      state: held('alive', -5000, holder),
      grade: 'ok',
      says: 'at work',
    },
  ])('knows $case', ({ state, grade, says }) => {
    const remark = judgeLock(state, 45_000, now);

    expect(remark.grade).toBe(grade);
    expect(remark.text).toContain(says);
  });
});
