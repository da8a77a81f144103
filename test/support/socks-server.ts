// A SOCKS5 proxy for tests (RFC 1928, RFC 1929): connects to whatever address it is asked for, or misbehaves in one way.
// Remembers what it was asked.

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export type ProxyFault =
  /** Says nothing to the greeting. */
  | 'silent'
  | 'close'
  | 'garbage'
  /** Takes no method of authentication that is offered. */
  | 'no-method'
  /** Silent once it was asked to connect. */
  | 'silent-connect'
  /** Answers the request with this code. */
  | { readonly code: number };

export interface SocksOptions {
  readonly login?: { readonly user: string; readonly password: string } | undefined;
  readonly fault?: ProxyFault | undefined;
}

const NO_AUTH = 0;
const USER_PASSWORD = 2;
const NONE = 255;

export class SocksServer implements AsyncDisposable {
  /** `ipv4 127.0.0.1:25`, `name mx.example:25`: what it was asked to connect to. */
  readonly requests: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #options: SocksOptions;

  private constructor(options: SocksOptions) {
    this.#options = options;
    this.#server = createServer((socket) => {
      this.#keep(socket);
      void this.#serve(socket).catch(() => socket.destroy());
    });
  }

  static async listen(options: SocksOptions = {}): Promise<SocksServer> {
    const proxy = new SocksServer(options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  // Each message of the client comes in one packet over the loopback, since it waits for the answer to the one before.
  async #serve(socket: Socket): Promise<void> {
    const { login, fault } = this.#options;
    const greeting = await message(socket);
    if (fault === 'silent') return;
    if (fault === 'close') return void socket.end();
    if (fault === 'garbage') return void socket.write('220 mx.example.net ESMTP\r\n');
    const method = login === undefined ? NO_AUTH : USER_PASSWORD;
    if (fault === 'no-method' || !greeting.subarray(2).includes(method)) {
      return void socket.end(Buffer.of(5, NONE));
    }
    socket.write(Buffer.of(5, method));
    if (login !== undefined && !(await this.#authenticate(socket, login))) return;

    const request = await message(socket);
    const { name, ip, port } = addressIn(request);
    this.requests.push(`${name} ${ip}:${port}`);
    if (fault === 'silent-connect') return;
    if (typeof fault === 'object') return void socket.end(answer(fault.code));
    const far = connect({ host: ip, port });
    this.#keep(far);
    await once(far, 'connect');
    socket.write(answer(0));
    far.once('close', () => socket.destroy());
    socket.once('close', () => far.destroy());
    socket.pipe(far).pipe(socket);
  }

  async #authenticate(socket: Socket, login: { user: string; password: string }): Promise<boolean> {
    const bytes = await message(socket);
    const user = bytes.subarray(2, 2 + bytes[1]!).toString();
    const password = bytes.subarray(3 + bytes[1]!).toString();
    const isKnown = user === login.user && password === login.password;
    socket.write(Buffer.of(1, isKnown ? 0 : 1));
    if (!isKnown) socket.end();
    return isKnown;
  }
}

async function message(socket: Socket): Promise<Buffer> {
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes;
}

function answer(code: number): Buffer {
  return Buffer.of(5, code, 0, 1, 0, 0, 0, 0, 0, 0);
}

function addressIn(request: Buffer): { name: string; ip: string; port: number } {
  const port = request.readUInt16BE(request.length - 2);
  const type = request[3];
  if (type === 1) return { name: 'ipv4', ip: [...request.subarray(4, 8)].join('.'), port };
  if (type === 3) return { name: 'name', ip: request.subarray(5, 5 + request[4]!).toString(), port };
  return { name: 'ipv6', ip: request.subarray(4, 20).toString('hex'), port };
}
