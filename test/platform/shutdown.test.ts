import { EventEmitter } from 'node:events';

import { describe, expect, it } from 'vitest';

import { listenForShutdown } from '../../src/platform/shutdown.ts';

function start() {
  const source = new EventEmitter();
  const clock = { ms: 1000 };
  const shutdown = listenForShutdown(source, () => clock.ms);
  return { source, clock, shutdown };
}

describe('listenForShutdown', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('asks for a graceful end at the first %s, with exit code %i', (signal, exitCode) => {
    const { source, shutdown } = start();

    source.emit(signal);

    expect(shutdown.request()).toEqual({ signal, exitCode });
    expect(shutdown.graceful.reason).toBe(signal);
    expect(shutdown.forced.aborted).toBe(false);
  });

  it('forces the end at a second signal, and keeps the name of the first', () => {
    const { source, clock, shutdown } = start();

    source.emit('SIGTERM');
    clock.ms += 2000;
    source.emit('SIGINT');

    expect(shutdown.forced.aborted).toBe(true);
    expect(shutdown.request()?.signal).toBe('SIGTERM');
  });

  it('takes a signal that npx hands on at once as the same request', () => {
    const { source, clock, shutdown } = start();

    source.emit('SIGINT');
    clock.ms += 5;
    source.emit('SIGINT');

    expect(shutdown.forced.aborted).toBe(false);
  });

  it('asks for nothing as long as no signal came', () => {
    const { shutdown } = start();

    expect(shutdown.request()).toBeUndefined();
    expect(shutdown.graceful.aborted).toBe(false);
  });

  it('leaves no listener behind', () => {
    const { source, shutdown } = start();

    shutdown[Symbol.dispose]();

    expect(source.eventNames()).toEqual([]);
  });
});
