// Turns a connection into an encrypted one, as STARTTLS asks for (RFC 3207). In a file of its own because node:tls costs
// a worker that needs none of it time and memory: session.ts imports it when a host demands it.

import { isIP, type Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';

let context: SecureContext | undefined;

/**
 * Gives the encrypted end of `socket`; the handshake is under way. The certificate is not verified and old protocols are
 * taken, since the choice is between this and no encryption at all (RFC 7435), and nothing secret is said. The MX
 * host's name goes along (SNI) unless it is an IP address (RFC 6066 §3).
 */
export function encrypt(socket: Socket, hostName: string): TLSSocket {
  // No authority is trusted, since none is asked; to load the built-in ones takes longer than a handshake.
  context ??= createSecureContext({ ca: [], minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' });
  return connect({
    socket,
    secureContext: context,
    rejectUnauthorized: false,
    ...(isIP(hostName) === 0 ? { servername: hostName } : {}),
  });
}
