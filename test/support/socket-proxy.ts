// A socket that passes everything on to another, and can be taken away as a stopped server takes its own: the network, or
// the server, between a program and its database.

import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SocketProxy extends AsyncDisposable {
  readonly path: string;
  start(): Promise<void>;
  /** Cuts all connections and takes no more. */
  stop(): Promise<void>;
}

/** Passes on to the socket `target`, at once. */
export async function proxyTo(target: string): Promise<SocketProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'svc-proxy-'));
  const path = join(folder, 'proxy.sock');
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  const start = () =>
    new Promise<void>((resolve) => {
      server = createServer((near) => {
        const far = connect(target);
        for (const [socket, peer] of [
          [near, far],
          [far, near],
        ] as const) {
          sockets.add(socket);
          socket.on('error', () => peer.destroy());
          socket.on('close', () => (sockets.delete(socket), peer.destroy()));
          socket.pipe(peer);
        }
      }).listen(path, () => resolve());
    });
  const stop = () =>
    new Promise<void>((resolve) => {
      server?.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  await start();
  return {
    path,
    start,
    stop,
    async [Symbol.asyncDispose]() {
      if (server?.listening === true) await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
