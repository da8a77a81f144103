// An MX host for tests: listens on one loopback address and plays a script (mx-script.ts) on every connection
// (mx-session.ts). Many of them live in one process, each on an address of its own and a common port, as
// the hosts of the internet do.

import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { MxSession, type MxHostState } from './mx-session.ts';
import type { MxScript } from './mx-script.ts';
import { Witness } from './witness.ts';

export interface MxHostOptions {
  /** Loopback address to listen on; 127.0.0.1 by default. */
  readonly ip?: string | undefined;
  /** 0, the default, takes a free one. */
  readonly port?: number | undefined;
  /** Shared by the hosts of an internet; a host of its own gets its own. */
  readonly witness?: Witness | undefined;
}

export interface MxHost extends AsyncDisposable {
  readonly name: string;
  readonly ip: string;
  readonly port: number;
  readonly witness: Witness;
  /** The commands that came, in order. */
  commands(): string[];
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

/** Starts a host; rejects with the system's error when the address or port is not free. */
export async function startMxHost(script: MxScript = {}, options: MxHostOptions = {}): Promise<MxHost> {
  const ip = options.ip ?? '127.0.0.1';
  const name = script.name ?? 'mx.example';
  const witness = options.witness ?? new Witness();
  const sessions = new Set<MxSession>();
  const state: MxHostState = {
    name,
    ip,
    script,
    witness,
    greylist: new Map(),
    open: () => sessions.size + 1,
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const session = new MxSession(socket, state);
    sessions.add(session);
    socket.once('close', () => sessions.delete(session));
  });
  server.listen({ host: ip, port: options.port ?? 0, backlog: 511 });
  await once(server, 'listening');

  const close = () => closeServer(server, sessions);
  return {
    name,
    ip,
    port: (server.address() as { port: number }).port,
    witness,
    commands: () => witness.commands(name),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function closeServer(server: Server, sessions: ReadonlySet<MxSession>): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  for (const session of sessions) session.destroy();
  await closed;
}
