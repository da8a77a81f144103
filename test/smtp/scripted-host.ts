// An MX host that plays a script: polite by default, so that a test overrides only what it is about.
// Remembers what was said to it, session by session, as the witness of a test.

import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { TLSSocket } from 'node:tls';
import { upgradeToTls } from '../support/internet/mx-tls.ts';

/**
 * What the host does: say lines (`\n` between them; CRLF is added), send bytes as they are, drip them one by one (a whole
 * reply once, anything else again and again),
 * say nothing, have TLS spoken after sending bytes, or end the connection (after saying something).
 */
export type Deed =
  | string
  | { readonly raw: string | Buffer }
  | { readonly drip: string; readonly everyMs: number }
  | { readonly startTls: string }
  /** Sends this again and again, as fast as it is taken. */
  | { readonly flood: string }
  | { readonly end: 'close' | 'half-close' | 'reset'; readonly saying?: string };

export const SILENCE: Deed = { raw: '' };

type Scripted = Deed | ((line: string, nth: number) => Deed);

export interface Script {
  readonly greeting?: Scripted;
  readonly ehlo?: Scripted;
  readonly helo?: Scripted;
  readonly starttls?: Scripted;
  readonly mail?: Scripted;
  /** By default everybody is unknown but those whose local part is `real` or begins with `real.` */
  readonly rcpt?: Scripted;
  readonly rset?: Scripted;
  readonly quit?: Scripted;
}

const UNKNOWN = '550 5.1.1 <nobody>: no such user';
const POLITE: Required<Script> = {
  greeting: '220 mx.example.net ESMTP',
  ehlo: '250-mx.example.net\n250 8BITMIME',
  helo: '250 mx.example.net',
  starttls: { startTls: '220 2.0.0 go ahead\r\n' },
  mail: '250 2.1.0 ok',
  rcpt: (line) => (/<real[.@]/.test(line) ? '250 2.1.5 ok' : UNKNOWN),
  rset: '250 2.0.0 flushed',
  quit: { end: 'close', saying: '221 2.0.0 bye' },
};
export const PIPELINING = '250-mx.example.net\n250-PIPELINING\n250 SMTPUTF8';

export class ScriptedHost implements AsyncDisposable {
  /** What each session heard, in order of connection. */
  readonly sessions: string[][] = [];
  /** The most connections that were open at once. */
  peak = 0;
  /** Packets in which a session's commands came, to tell pipelining from its absence. */
  readonly packets: string[] = [];

  /** The longest that a connection lasted, in milliseconds; counted when it is over. */
  longest = 0;
  /** Bytes that were taken off our hands. */
  taken = 0;
  /** Where each connection came from. */
  readonly clients: string[] = [];
  /** The name that each TLS handshake was for (SNI); false for none. */
  readonly tlsNames: (string | false)[] = [];

  readonly #script: Required<Script>;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #heard = new Map<keyof Script, number>();

  private constructor(script: Script) {
    this.#script = { ...POLITE, ...script };
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
  }

  static async listen(script: Script = {}, ip = '127.0.0.1', port = 0): Promise<ScriptedHost> {
    const host = new ScriptedHost(script);
    host.#server.listen(port, ip);
    await once(host.#server, 'listening');
    return host;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** All that was heard, over all sessions. */
  get heard(): readonly string[] {
    return this.sessions.flat();
  }

  /** Resolves when nobody is connected. */
  async quiet(): Promise<void> {
    await Promise.all([...this.#sockets].map((socket) => once(socket, 'close')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    const session: string[] = [];
    this.sessions.push(session);
    this.clients.push(socket.remoteAddress ?? '');
    this.#sockets.add(socket);
    this.peak = Math.max(this.peak, this.#sockets.size);
    socket.setNoDelay(true);
    socket.on('error', () => undefined); // resets are part of the play
    const openedAt = performance.now();
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.longest = Math.max(this.longest, performance.now() - openedAt);
      this.taken += socket.bytesWritten - socket.writableLength;
    });
    socket.on('end', () => socket.end());
    this.#listen(socket, session);
    this.#do(socket, session, 'greeting');
  }

  #listen(socket: Socket, session: string[]): void {
    let rest = '';
    socket.on('data', (bytes: Buffer) => {
      this.packets.push(bytes.toString());
      const lines = (rest + bytes.toString()).split('\r\n');
      rest = lines.pop()!;
      for (const line of lines) {
        session.push(line);
        this.#do(socket, session, line);
      }
    });
  }

  #do(socket: Socket, session: string[], line: string): void {
    const verb = line.split(/[ :]/)[0]!.toLowerCase() as keyof Script;
    const nth = this.#heard.get(verb) ?? 0;
    this.#heard.set(verb, nth + 1);
    const scripted = this.#script[verb] ?? '502 5.5.1 not in the script';
    const deed = typeof scripted === 'function' ? scripted(line, nth) : scripted;
    if (typeof deed === 'object' && 'startTls' in deed) this.#startTls(socket, session, deed.startTls);
    else perform(socket, deed);
  }

  #startTls(socket: Socket, session: string[], saying: string): void {
    socket.write(saying);
    const secure = upgradeToTls(socket) as TLSSocket & { servername: string | false };
    secure.on('error', () => undefined);
    secure.once('secure', () => this.tlsNames.push(secure.servername));
    secure.on('end', () => secure.end());
    this.#listen(secure, session);
  }
}

function perform(socket: Socket, deed: Exclude<Deed, { readonly startTls: string }>): void {
  if (socket.destroyed || socket.writableEnded) return;
  if (typeof deed === 'string') {
    socket.write(`${deed.replaceAll('\n', '\r\n')}\r\n`);
  } else if ('raw' in deed) {
    socket.write(deed.raw);
  } else if ('flood' in deed) {
    flood(socket, deed.flood);
  } else if ('drip' in deed) {
    drip(socket, deed.drip, deed.everyMs);
  } else {
    const saying = deed.saying === undefined ? '' : `${deed.saying}\r\n`;
    if (deed.end === 'reset') socket.resetAndDestroy();
    else if (deed.end === 'half-close') socket.end(saying);
    else socket.end(saying, () => socket.destroy());
  }
}

function flood(socket: Socket, bytes: string): void {
  const timer = setInterval(() => {
    while (!socket.destroyed && !socket.writableNeedDrain) socket.write(bytes);
  }, 1);
  socket.once('close', () => clearInterval(timer));
}

function drip(socket: Socket, bytes: string, everyMs: number): void {
  let sent = 0;
  const isWhole = /^\d{3} [^\n]*\r\n$/.test(bytes);
  const timer = setInterval(() => {
    socket.write(bytes[sent++ % bytes.length]!);
    if (isWhole && sent === bytes.length) clearInterval(timer);
  }, everyMs);
  socket.once('close', () => clearInterval(timer));
}
