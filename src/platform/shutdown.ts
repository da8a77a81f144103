// Turns SIGTERM and SIGINT into something the program can wait for. It decides nothing: graceful means
// start nothing new and finish what is in flight; forced means give up what is in flight. Who drains what
// is the cycle's business.

import { EXIT } from './operational-error.ts';

const EXIT_BY_SIGNAL = { SIGTERM: EXIT.terminated, SIGINT: EXIT.interrupted } as const;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

// `npx` and `timeout` hand on a signal that the terminal or the process group has delivered already:
// what follows this closely is the same request and not an impatient operator. (npm 11, 2026-11)
const SAME_REQUEST_MS = 500;

export type ShutdownSignal = (typeof SIGNALS)[number];

export interface ShutdownRequest {
  readonly signal: ShutdownSignal;
  /** 143 for SIGTERM, 130 for SIGINT. */
  readonly exitCode: number;
}

/** What the process object offers of signals; tests hand in an emitter of their own. */
export interface SignalSource {
  on(event: string, listener: (signal: NodeJS.Signals) => void): unknown;
  off(event: string, listener: (signal: NodeJS.Signals) => void): unknown;
}

export interface Shutdown extends Disposable {
  /** Aborts at the first signal; its reason is the signal's name. */
  readonly graceful: AbortSignal;
  /** Aborts at the second, with its name. */
  readonly forced: AbortSignal;
  /** The first signal received, which names the exit code; undefined as long as none came. */
  request(): ShutdownRequest | undefined;
  /** Stops listening: from here on a signal ends the process as it does by default. */
  [Symbol.dispose](): void;
}

/** Listens for SIGTERM and SIGINT until disposed. Never ends the process. */
export function listenForShutdown(
  source: SignalSource = process,
  now: () => number = () => performance.now(),
): Shutdown {
  const graceful = new AbortController();
  const forced = new AbortController();
  let request: ShutdownRequest | undefined;
  let requestedAt = 0;

  const listeners = SIGNALS.map((signal) => ({ signal, listener: () => receive(signal) }));
  for (const { signal, listener } of listeners) source.on(signal, listener);

  return {
    graceful: graceful.signal,
    forced: forced.signal,
    request: () => request,
    [Symbol.dispose]() {
      for (const { signal, listener } of listeners) source.off(signal, listener);
    },
  };

  function receive(signal: ShutdownSignal): void {
    if (request === undefined) {
      request = { signal, exitCode: EXIT_BY_SIGNAL[signal] };
      requestedAt = now();
      graceful.abort(signal);
    } else if (now() - requestedAt >= SAME_REQUEST_MS) {
      forced.abort(signal);
    }
  }
}
