// A small authoritative-looking resolver on 127.0.0.1, over UDP and TCP, that answers from a table and remembers
// what it was asked.

import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import * as dns from 'dns-packet';

const RCODES = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  DSOTYPENI: 11,
} as const;
export type Rcode = keyof typeof RCODES;

/** What happens to the bytes of an answer on their way. */
export interface Mangled {
  readonly answers: readonly dns.Answer[];
  readonly mangle: (message: Buffer) => Buffer;
}

/** An answer to one question: its records, or a code, or no answer at all. */
export type Zone = Readonly<Record<string, readonly dns.Answer[] | Rcode | Mangled | 'SILENCE'>>;

const UDP_BYTES = 512; // RFC 1035 §4.2.1

export const mx = (
  name: string,
  ...exchanges: readonly (readonly [number, string])[]
): readonly dns.Answer[] =>
  exchanges.map(([preference, exchange]) => ({ type: 'MX', name, ttl: 60, data: { preference, exchange } }));
export const a = (name: string, ...ips: readonly string[]): readonly dns.Answer[] =>
  ips.map((data) => ({ type: 'A', name, ttl: 60, data }));
export const aaaa = (name: string, ...ips: readonly string[]): readonly dns.Answer[] =>
  ips.map((data) => ({ type: 'AAAA', name, ttl: 60, data }));
export const cname = (name: string, data: string): dns.Answer => ({ type: 'CNAME', name, ttl: 60, data });

export class ScriptedDns implements AsyncDisposable {
  /** `MX example.com`, … in the order in which they came. */
  readonly asked: string[] = [];
  /** Questions that came over TCP. */
  readonly askedByTcp: string[] = [];
  /** The most questions that waited for an answer at once. */
  peak = 0;

  #waiting = 0;
  readonly #zone: Zone;
  readonly #udp: UdpSocket = createSocket('udp4');
  readonly #tcp: Server = createServer((socket) => this.#serveTcp(socket));
  readonly #sockets = new Set<Socket>();

  private constructor(zone: Zone) {
    this.#zone = zone;
    this.#udp.on('message', (bytes, { port, address }) => {
      const found = this.#answer(dns.decode(bytes), this.asked);
      if (found === undefined) return;
      const { whole, mangle } = found;
      this.peak = Math.max(this.peak, ++this.#waiting);
      // Answered in a later turn, so that questions asked at once are seen to wait at once.
      setImmediate(() => {
        this.#waiting--;
        const message = dns.encode(whole);
        const sent = message.length > UDP_BYTES ? dns.encode(truncated(whole)) : message;
        this.#udp.send(mangle(sent), port, address);
      });
    });
  }

  /** Answers from the table; what is not in it has no records, unless the name is nowhere in it: then NXDOMAIN. */
  static async listen(zone: Zone): Promise<ScriptedDns> {
    const server = new ScriptedDns(zone);
    server.#tcp.listen(0, '127.0.0.1');
    await once(server.#tcp, 'listening');
    server.#udp.bind((server.#tcp.address() as AddressInfo).port, '127.0.0.1');
    await once(server.#udp, 'listening');
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.#udp.address().port}`;
  }

  /** From here on there is no way to it but UDP. */
  async closeTcp(): Promise<void> {
    if (!this.#tcp.listening) return;
    for (const socket of this.#sockets) socket.destroy();
    this.#tcp.close();
    await once(this.#tcp, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#udp.close();
    await this.closeTcp();
  }

  #serveTcp(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      const found = this.#answer(dns.streamDecode(bytes), this.askedByTcp);
      if (found !== undefined) socket.write(dns.streamEncode(found.whole));
    });
  }

  #answer(
    query: dns.Packet,
    log: string[],
  ): { readonly whole: dns.Packet; readonly mangle: Mangled['mangle'] } | undefined {
    const [question] = query.questions ?? [];
    if (question === undefined) return undefined;
    const name = question.name.toLowerCase();
    log.push(`${question.type} ${name}`);
    const found = this.#zone[`${question.type} ${name}`] ?? (this.#knows(name) ? [] : 'NXDOMAIN');
    if (found === 'SILENCE') return undefined;
    const code = typeof found === 'string' ? found : 'NOERROR';
    const answers = typeof found === 'string' ? [] : 'answers' in found ? found.answers : found;
    const whole: dns.Packet = {
      type: 'response',
      id: query.id ?? 0,
      flags: dns.RECURSION_DESIRED | dns.RECURSION_AVAILABLE | RCODES[code],
      questions: query.questions ?? [],
      answers: [...answers],
    };
    const isMangled = typeof found === 'object' && 'mangle' in found;
    return { whole, mangle: isMangled ? found.mangle : (message) => message };
  }

  #knows(name: string): boolean {
    return Object.keys(this.#zone).some((key) => key.split(' ')[1] === name);
  }
}

function truncated(packet: dns.Packet): dns.Packet {
  return { ...packet, flags: (packet.flags ?? 0) | dns.TRUNCATED_RESPONSE, answers: [] };
}
