// Has a SOCKS5 proxy connect to an address. In a file of its own because of the package it needs: session.ts imports it
// where a proxy is set, and a worker without one loads none of it.

import type { Socket } from 'node:net';
import { SocksClient } from 'socks';
import type { ProxySetting } from '../platform/proxy-setting.ts';

/**
 * Negotiates a connection to the IP address `ip` over `socket`, which is connected to the proxy: never to a name, so that
 * what was checked is what is dialled. Gives undefined when the connection stands, else the proxy's failure in words; a
 * listener for data must be there at once then. Whoever owns the socket may end it at any time.
 */
export async function dialThroughProxy(
  socket: Socket,
  { host, port: proxyPort, login }: ProxySetting,
  ip: string,
  port: number,
): Promise<string | undefined> {
  const credentials = login === undefined ? {} : { userId: login.user, password: login.password };
  try {
    await SocksClient.createConnection({
      command: 'connect',
      destination: { host: ip, port },
      proxy: { type: 5, host, port: proxyPort, ...credentials },
      existing_socket: socket,
    });
    return undefined;
  } catch (error) {
    // The error carries the options, password included: only its words go on.
    return error instanceof Error ? error.message : String(error);
  }
}
