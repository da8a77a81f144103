// Greylisting as postgrey does it, for a real Postfix: a policy server (SMTPD_POLICY_README) that puts off every triplet
// of client, sender and recipient until it has been asked about it long enough ago.

import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface GreylistPolicy {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts it on a free port of 127.0.0.1. */
export async function startGreylistPolicy(delayMs: number): Promise<GreylistPolicy> {
  const firstSeen = new Map<string, number>();
  const sockets = new Set<Socket>();
  const judge = (request: string): string => {
    const attributes = new Map(
      request.split('\n').map((line) => {
        const end = line.indexOf('=');
        return [line.slice(0, end), line.slice(end + 1)] as const;
      }),
    );
    const triplet = ['client_address', 'sender', 'recipient'].map((name) => attributes.get(name)).join(' ');
    const seenAt = firstSeen.get(triplet) ?? Date.now();
    firstSeen.set(triplet, seenAt);
    return Date.now() - seenAt >= delayMs
      ? 'DUNNO'
      : '450 4.2.0 Greylisted, see http://postgrey.example/help';
  };
  const server = createServer((socket) => {
    let held = '';
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    socket.on('data', (bytes) => {
      const requests = (held + bytes.toString()).split('\n\n');
      held = requests.pop()!;
      for (const request of requests) socket.write(`action=${judge(request)}\n\n`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
