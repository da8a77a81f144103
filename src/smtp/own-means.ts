// What this machine needs to open a connection: descriptors, ports, memory. Where they are used up that is our trouble
// and no word about a host: whoever wants to dial waits until others have hung up, so that a process narrows its
// sessions by itself. Shared by all jobs of a process; which errors tell of it is said here, who dials is session.ts.

import { isIPv6 } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { OperationalError } from '../platform/operational-error.ts';

const LACKS: Readonly<Record<string, string>> = {
  EMFILE: 'too many open files; raise the limit (ulimit -n), or lower MAX_SESSIONS_PER_WORKER',
  ENFILE: 'too many open files on this machine; raise fs.file-max, or lower TOTAL_WORKERS_POOL',
  ENOBUFS: 'no buffer space; lower TOTAL_WORKERS_POOL or MAX_SESSIONS_PER_WORKER',
  ENOMEM: 'out of memory; lower TOTAL_WORKERS_POOL or MAX_SESSIONS_PER_WORKER',
  EADDRNOTAVAIL: 'no local port is free, or SMTP_LOCAL_ADDRESS is no address of this machine',
  EADDRINUSE: 'no local port is free',
};

const TRY_AGAIN_MS = 500;

/** True of an error of a connection that was never made for want of something of ours. */
export function isLack(code: string | undefined, ip: string, localAddress: string | undefined): boolean {
  // A machine without an IPv6 address of its own may have a route all the same: then that host is out of reach.
  if (code === 'EADDRNOTAVAIL' && localAddress === undefined && isIPv6(ip)) return false;
  return code !== undefined && Object.hasOwn(LACKS, code);
}

export class OwnMeans {
  /** When a connection last held what it takes; on a clock that is never set. */
  #lastHeldAt = performance.now();

  /** A session is over for which nothing was lacking. */
  sufficed(): void {
    this.#lastHeldAt = performance.now();
  }

  /**
   * Waits a moment, or until `signal` aborts. Rejects with NO_CONNECTIONS when no session has ended for longer than one may
   * last: then none is open, and none can be opened.
   */
  async wait(lack: string, sessionDeadlineMs: number, signal: AbortSignal): Promise<void> {
    if (performance.now() - this.#lastHeldAt > sessionDeadlineMs) {
      throw new OperationalError('NO_CONNECTIONS', `cannot open any connection: ${LACKS[lack]} (${lack})`, {
        fields: { errno: lack },
      });
    }
    await pause(TRY_AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
}
