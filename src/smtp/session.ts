// Owns one connection to an MX host and its timers. Moves bytes, decides nothing: dialogue.ts does.
//
// It dials the address it is given, or has a proxy do so, and looks nothing up: what was checked is what is dialled. Whatever ends the
// connection is told once, as a failure; after close() or part() no event reaches the caller.

import { connect, type Socket } from 'node:net';
import type { Failure, Reply } from '../domain/observation.ts';
import type { ProxySetting } from '../platform/proxy-setting.ts';
import { isLack } from './own-means.ts';
import { ReplyReader } from './reply-reader.ts';

export interface SessionLimits {
  readonly connectTimeoutMs: number;
  /** For each whole reply; the bytes of an unfinished one do not prolong it. */
  readonly replyTimeoutMs: number;
  /** For everything from dialling on, whatever is going on. */
  readonly sessionDeadlineMs: number;
}

/** How a host is reached. */
export interface Way {
  /** The address of ours to dial from; not towards a proxy. */
  readonly localAddress?: string | undefined;
  readonly proxy?: ProxySetting | undefined;
}

export interface SessionListener {
  /** The whole replies that one read brought, at least one. */
  replies(replies: readonly Reply[]): void;
  /** The TLS handshake is done; `words` name protocol and cipher. */
  secured(words: string): void;
  /** Nobody was dialled, since this machine lacks what a connection takes: the system's word for it. */
  lacking(code: string): void;
  /** The connection is over. `isConnected` tells whether it had ever been made. */
  failed(failure: Failure, detail: string | undefined, isConnected: boolean): void;
}

/** How long a host may take to say goodbye, and then to go; one that was slow all along has twice its slowest reply. */
const LEAVE_MS = 1000;

// One buffer for all sessions of the process: each read is taken out of it before the next one fills it.
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

const CONNECT_FAILURES: Readonly<Record<string, Failure>> = { ECONNREFUSED: 'refused', ETIMEDOUT: 'timeout' };

const PROXY_FAILURE: Readonly<Partial<Record<Failure, string>>> = {
  timeout: 'no connection in time',
  lost: 'connection closed',
};

const LOST: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

export class Session {
  /** Resolves when the socket is gone. */
  readonly closed: Promise<void>;

  #socket: Socket;
  #reader = new ReplyReader();
  readonly #replyTimeoutMs: number;
  readonly #deadline: NodeJS.Timeout;
  #silence: NodeJS.Timeout;
  #listener: SessionListener | undefined;
  readonly #isProxied: boolean;
  /** True of an error of ours: whoever was dialled has no part in it. */
  readonly #isOurLack: (code: string | undefined) => boolean;
  #isLeaving = false;
  /** With the host, that is, and not merely with a proxy. */
  #isConnected = false;
  /** What comes is not for us to read: it is the TLS handshake, or was put before it. */
  #isDeaf = false;
  /** Counts what ends a silence: the connection, whole replies. */
  #steps = 0;
  /** When we last spoke or heard, and the longest that the host let us wait for a reply. */
  #spokeAt = performance.now();
  #slowestMs = 0;

  /** Dials `ip`; the host's greeting is the first reply. */
  constructor(ip: string, port: number, limits: SessionLimits, listener: SessionListener, way: Way = {}) {
    this.#listener = listener;
    this.#isProxied = way.proxy !== undefined;
    const dialled = way.proxy?.host ?? ip;
    this.#isOurLack = (code) => isLack(code, dialled, way.localAddress);
    this.#replyTimeoutMs = limits.replyTimeoutMs;
    this.#silence = setTimeout(() => this.#judgeSilence(), limits.connectTimeoutMs);
    this.#deadline = setTimeout(
      () => this.#fail('timeout', `session over ${limits.sessionDeadlineMs} ms`),
      limits.sessionDeadlineMs,
    );
    this.#socket =
      way.proxy === undefined
        ? this.#dial(ip, port, way.localAddress)
        : this.#dialThroughProxy(ip, port, way.proxy);
    this.closed = new Promise((resolve) => {
      this.#socket.once('close', () => resolve());
    });
    this.#socket.once('end', () => this.#fail('lost'));
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#broken(error));
  }

  /** The address of ours that the connection has; undefined while there is none. */
  get localAddress(): string | undefined {
    return this.#socket.localAddress;
  }

  /** Writes lines in one packet; the time for the reply counts anew. */
  send(lines: readonly string[]): void {
    this.#socket.write(packet(lines));
    this.#spokeAt = performance.now();
    this.#silence.refresh();
  }

  /** Writes the last lines; the host has less time to answer them. */
  takeLeave(lines: readonly string[]): void {
    this.#isLeaving = true;
    this.#bePatientFor(Math.min(this.#replyTimeoutMs, Math.max(LEAVE_MS, 2 * this.#slowestMs)));
    this.send(lines);
  }

  /** The goodbye has LEAVE_MS from now, however slow the host is. */
  hasten(): void {
    if (this.#isLeaving && this.#listener !== undefined) this.#bePatientFor(LEAVE_MS);
  }

  /** Ends the connection from our side; the socket goes when the host ends it too, or within LEAVE_MS. */
  part(): void {
    this.#fallSilent();
    const patience = setTimeout(() => this.#socket.destroy(), LEAVE_MS);
    this.#socket.once('close', () => clearTimeout(patience));
    this.#socket.end();
  }

  /** Ends the connection at once. */
  close(): void {
    this.#fallSilent();
    this.#socket.destroy();
  }

  /**
   * Has TLS spoken from here on, then tells `secured`. What was read before and is not yet told is dropped, half a line
   * too (RFC 3207 §5). The time for a reply holds for the handshake as well.
   */
  encrypt(hostName: string): void {
    this.#reader = new ReplyReader();
    this.#isDeaf = true;
    this.#silence.refresh();
    void import('./encrypt.ts').then(({ encrypt }) => {
      if (this.#listener === undefined) return;
      const plain = this.#socket;
      const secure = encrypt(plain, hostName);
      this.#socket = secure;
      plain.once('close', () => secure.destroy());
      secure.once('secureConnect', () => {
        this.#isDeaf = false;
        this.#steps++;
        this.#silence.refresh();
        this.#listener?.secured(`${secure.getProtocol()} ${secure.getCipher().name}`);
      });
      secure.on('data', (bytes) => this.#read(bytes));
      secure.once('end', () => this.#fail('lost'));
      secure.on('error', (error: NodeJS.ErrnoException) => this.#brokenTls(error));
    });
  }

  #dial(ip: string, port: number, localAddress: string | undefined): Socket {
    return connect({
      host: ip,
      port,
      ...(localAddress === undefined ? {} : { localAddress }),
      onread: { buffer: READ_BUFFER, callback: (bytes) => this.#read(READ_BUFFER.subarray(0, bytes)) },
    }).once('connect', () => this.#connected());
  }

  #dialThroughProxy(ip: string, port: number, proxy: ProxySetting): Socket {
    const socket = connect({ host: proxy.host, port: proxy.port });
    return socket.once('connect', () => {
      void import('./dial-through-proxy.ts')
        .then(({ dialThroughProxy }) => dialThroughProxy(socket, proxy, ip, port))
        .then((problem) => {
          if (problem !== undefined) return this.#fail('lost', problem);
          socket.on('data', (bytes) => this.#read(bytes));
          this.#connected();
        });
    });
  }

  #connected(): void {
    this.#isConnected = true;
    if (this.#listener === undefined) return;
    this.#steps++;
    this.#bePatientFor(this.#replyTimeoutMs);
  }

  #bePatientFor(ms: number): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#judgeSilence(), ms);
  }

  #read(chunk: Buffer): boolean {
    if (this.#listener === undefined || this.#isDeaf) return true; // what comes now concerns nobody
    const replies = this.#reader.read(chunk);
    if (replies.length > 0) {
      const now = performance.now();
      this.#slowestMs = Math.max(this.#slowestMs, now - this.#spokeAt);
      this.#spokeAt = now;
      this.#steps++;
      this.#silence.refresh();
      this.#listener.replies(replies);
    }
    if (this.#reader.problem !== undefined) this.#fail('garbled', this.#reader.problem);
    return true;
  }

  // Timers come before sockets in a turn of the event loop. When this process was starved for longer than the limit, the
  // answer lies in the socket unread: it is read first, and only then is the host called silent.
  #judgeSilence(): void {
    const steps = this.#steps;
    setImmediate(() => {
      if (this.#listener !== undefined && this.#steps === steps) this.#fail('timeout');
    });
  }

  #broken(error: NodeJS.ErrnoException): void {
    // A reset that overtakes the news of the connection: refused handshakes are ECONNREFUSED, so there was one.
    if (error.code === 'ECONNRESET' && !this.#isProxied) this.#isConnected = true;
    if (!this.#isConnected && this.#isOurLack(error.code)) this.#lack(error.code!);
    else if (this.#isConnected) this.#fail('lost', error.code);
    else this.#fail(CONNECT_FAILURES[error.code ?? ''] ?? 'unreachable', error.code);
  }

  #lack(code: string): void {
    const listener = this.#listener;
    this.close();
    listener?.lacking(code);
  }

  #brokenTls(error: NodeJS.ErrnoException): void {
    const code = error.code ?? error.message;
    if (LOST.has(code)) this.#fail('lost', code);
    else this.#fail('garbled', `TLS ${code}`);
  }

  #fail(failure: Failure, detail?: string): void {
    const listener = this.#listener;
    // A host that owes us only its goodbye counts the connection until it has noticed that we are gone.
    if (this.#isLeaving && failure === 'timeout') this.part();
    else this.close();
    if (this.#isConnected || !this.#isProxied) listener?.failed(failure, detail, this.#isConnected);
    // Whatever keeps the proxy from connecting says nothing about the host.
    else listener?.failed('unreachable', `proxy: ${detail ?? PROXY_FAILURE[failure]}`, false);
  }

  #fallSilent(): void {
    this.#listener = undefined;
    clearTimeout(this.#silence);
    clearTimeout(this.#deadline);
  }
}

function packet(lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n`;
}
