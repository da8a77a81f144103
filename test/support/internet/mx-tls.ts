// The certificate with which the MX hosts of tests speak TLS: self-signed, as so many are on port 25, and
// good for nothing else. Its key is public knowledge.

import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBgjCCASegAwIBAgIUYYmzL/V6mRtiw/awX4zJEenuBSkwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKbXguZXhhbXBsZTAgFw0yNjExMjQwNTAwNTdaGA8yMTI2MTAz
MTA1MDA1N1owFTETMBEGA1UEAwwKbXguZXhhbXBsZTBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABFOleO79DjjIYmFA5mDvAlKP4XO81DS7dZnpR2pL7HSnOfCYxnb8
2au8wkKhXdXtKmU5sC93FJB/hMrMyGz1SXWjUzBRMB0GA1UdDgQWBBR2UeNC69oO
HCPKhF4jTs1ftIMfnzAfBgNVHSMEGDAWgBR2UeNC69oOHCPKhF4jTs1ftIMfnzAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQDa7XkJ2vKw4fmCeYlS
gEFyN3XWH0EofZtn3DAXjJp59QIhAI5UIUPhU4IRWSBRywKX8X8loSIiOVPM8t3z
EgeOwk/7
-----END CERTIFICATE-----`;

const PRIVATE_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5O1FXLAt3uwl2pkW
tMHu/ErzeIQNSfhtwlzcA8Zw6rChRANCAARTpXju/Q44yGJhQOZg7wJSj+FzvNQ0
u3WZ6UdqS+x0pznwmMZ2/NmrvMJCoV3V7SplObAvdxSQf4TKzMhs9Ul1
-----END PRIVATE KEY-----`;

/** The same connection, with TLS spoken on it from here on. */
export function upgradeToTls(socket: Socket): Socket {
  socket.removeAllListeners('data');
  return new TLSSocket(socket, { isServer: true, cert: CERTIFICATE, key: PRIVATE_KEY });
}
