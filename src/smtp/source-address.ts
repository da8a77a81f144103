// Tells from which address this machine would speak to the internet. Sends nothing: a UDP socket that is given its peer
// only has the system choose the route, and with it the address.

import { createSocket } from 'node:dgram';

// Two of the root name servers: addresses that every route to the internet leads to.
const FAR = { 4: '198.41.0.4', 6: '2001:503:ba3e::2:30' } as const;

/** Gives the address; undefined where there is no route. */
export function sourceAddress(family: 4 | 6): Promise<string | undefined> {
  const socket = createSocket(family === 4 ? 'udp4' : 'udp6');
  return new Promise((resolve) => {
    const tell = (address?: string): void => {
      socket.close();
      resolve(address);
    };
    socket.once('error', () => tell());
    socket.connect(53, FAR[family], () => tell(socket.address().address));
  });
}
