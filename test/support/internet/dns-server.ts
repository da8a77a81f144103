// A DNS server on 127.0.0.1, UDP and TCP on one port, that answers from a zone given as data and remembers
// what it was asked. Encoding is dns-packet's; what is answered, and what goes wrong on the way, is here.

import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import * as dnsPacket from 'dns-packet';
import type { Answer, DecodedPacket } from 'dns-packet';
import type { DnsTrouble, QuestionType, Zone, ZoneName } from './zone.ts';

/** One question as it arrived. */
export interface AskedQuestion {
  readonly name: string;
  readonly type: string;
  readonly transport: 'udp' | 'tcp';
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface DnsServer extends AsyncDisposable {
  /** `127.0.0.1:port`, as DNS_SERVERS wants it. */
  readonly address: string;
  readonly port: number;
  readonly questions: readonly AskedQuestion[];
  /** How often this was asked; without a type, how often the name was asked about at all. */
  countOf(name: string, type?: QuestionType): number;
  close(): Promise<void>;
}

export interface DnsServerOptions {
  /** Every answer comes this much later; 0 by default. */
  readonly delayMs?: number | undefined;
}

const RCODE = { FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
const UDP_SIZE_WITHOUT_EDNS = 512; // RFC 1035 §4.2.1
const MAX_CNAMES = 8;
const BIND_ATTEMPTS = 20;

/** Starts serving `zone` on a free port. The caller closes it; afterwards no timer and no socket is left. */
export async function startDnsServer(zone: Zone, options: DnsServerOptions = {}): Promise<DnsServer> {
  const { udp, tcp, port } = await bindBoth();
  const questions: AskedQuestion[] = [];
  const counts = new Map<string, number>();
  const timers = new Set<NodeJS.Timeout>();
  const connections = new Set<Socket>();
  let isClosed = false;

  // Calls `send` with the answer, now or later, or never.
  const respond = (bytes: Buffer, transport: 'udp' | 'tcp', send: (answer: Buffer) => void): void => {
    const query = decodeQuery(bytes);
    const question = query?.questions?.[0];
    if (query === undefined || question === undefined) return;
    const name = question.name.toLowerCase();
    const key = `${name} ${question.type}`;
    questions.push({ name, type: question.type, transport, at: Date.now() });
    counts.set(name, (counts.get(name) ?? 0) + 1);
    counts.set(key, (counts.get(key) ?? 0) + 1);

    const trouble = troubleFor(zone, name, question.type, counts.get(key)!);
    if (trouble?.drop) return;
    const answer = answerTo(zone, query, trouble, transport);
    const delayMs = (options.delayMs ?? 0) + (trouble?.delayMs ?? 0);
    if (delayMs === 0) return send(answer);
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (!isClosed) send(answer);
    }, delayMs);
    timers.add(timer);
  };

  udp.on('message', (bytes, from) =>
    respond(bytes, 'udp', (answer) => udp.send(answer, from.port, from.address)),
  );
  tcp.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    serveTcp(socket, (bytes) =>
      respond(bytes, 'tcp', (answer) => socket.destroyed || socket.write(withLength(answer))),
    );
  });

  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    for (const timer of timers) clearTimeout(timer);
    for (const socket of connections) socket.destroy();
    const closed = [once(udp, 'close'), once(tcp, 'close')];
    udp.close();
    tcp.close();
    await Promise.all(closed);
  };
  return {
    address: `127.0.0.1:${port}`,
    port,
    questions,
    countOf: (name, type) => counts.get(type === undefined ? name : `${name} ${type}`) ?? 0,
    close,
    [Symbol.asyncDispose]: close,
  };
}

// A free UDP port may be taken on TCP, so both are tried until one number serves for both.
async function bindBoth(): Promise<{ udp: UdpSocket; tcp: Server; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const udp = createSocket('udp4');
    udp.bind(0, '127.0.0.1');
    await once(udp, 'listening');
    const { port } = udp.address();
    const tcp = createServer();
    try {
      tcp.listen(port, '127.0.0.1');
      await once(tcp, 'listening');
      return { udp, tcp, port };
    } catch (error) {
      udp.close();
      if (attempt === BIND_ATTEMPTS) throw error;
    }
  }
}

function decodeQuery(bytes: Buffer): DecodedPacket | undefined {
  try {
    return dnsPacket.decode(bytes);
  } catch {
    return undefined; // not a DNS message: a server drops it
  }
}

function troubleFor(zone: Zone, name: string, type: string, asked: number): DnsTrouble | undefined {
  const troubles = (zone[name] ?? zone['*'])?.trouble;
  const trouble = troubles?.[type as QuestionType] ?? troubles?.any;
  return trouble?.times !== undefined && asked > trouble.times ? undefined : trouble;
}

function answerTo(
  zone: Zone,
  query: DecodedPacket,
  trouble: DnsTrouble | undefined,
  transport: 'udp' | 'tcp',
): Buffer {
  const question = query.questions![0]!;
  const { answers, exists } = lookUp(zone, question.name.toLowerCase(), question.type);
  const rcode = trouble?.rcode === undefined ? (exists ? 0 : RCODE.NXDOMAIN) : RCODE[trouble.rcode];
  const response = {
    type: 'response' as const,
    id: query.id ?? 0,
    questions: [question],
    flags:
      dnsPacket.AUTHORITATIVE_ANSWER |
      dnsPacket.RECURSION_AVAILABLE |
      ((query.flags ?? 0) & dnsPacket.RECURSION_DESIRED) |
      rcode,
    answers: rcode === 0 || rcode === RCODE.NXDOMAIN ? answers : [],
  };
  const bytes = dnsPacket.encode(response);
  const isTooLong = bytes.length > udpSize(query);
  if (transport === 'tcp' || (trouble?.truncate === undefined && !isTooLong)) return bytes;
  return dnsPacket.encode({ ...response, flags: response.flags | dnsPacket.TRUNCATED_RESPONSE, answers: [] });
}

/** The answers, with the CNAMEs that lead to them, and whether the name at the end exists. */
function lookUp(zone: Zone, asked: string, type: string): { answers: Answer[]; exists: boolean } {
  const answers: Answer[] = [];
  let name = asked;
  for (let hops = 0; hops < MAX_CNAMES; hops++) {
    const known = zone[name] ?? zone['*'];
    if (known === undefined) return { answers, exists: false };
    if (known.cname === undefined || type === 'CNAME') {
      answers.push(...recordsOf(known, name, type));
      break;
    }
    answers.push({ type: 'CNAME', name, ttl: 60, data: known.cname });
    name = known.cname.toLowerCase();
  }
  return { answers, exists: true };
}

function recordsOf(known: ZoneName, name: string, type: string): Answer[] {
  const ttl = 60;
  switch (type) {
    case 'MX':
      return (known.mx ?? []).map((data) => ({ type, name, ttl, data: { ...data } }));
    case 'A':
      return (known.a ?? []).map((data) => ({ type, name, ttl, data }));
    case 'AAAA':
      return (known.aaaa ?? []).map((data) => ({ type, name, ttl, data }));
    case 'TXT':
      return (known.txt ?? []).map((data) => ({ type, name, ttl, data }));
    case 'PTR':
      return (known.ptr ?? []).map((data) => ({ type, name, ttl, data }));
    case 'CNAME':
      return known.cname === undefined ? [] : [{ type, name, ttl, data: known.cname }];
    default:
      return [];
  }
}

// RFC 6891 §6.2.5: what the client says it can take, and no less than without EDNS.
function udpSize(query: DecodedPacket): number {
  for (const record of query.additionals ?? []) {
    if (record.type === 'OPT') return Math.max(record.udpPayloadSize, UDP_SIZE_WITHOUT_EDNS);
  }
  return UDP_SIZE_WITHOUT_EDNS;
}

// RFC 1035 §4.2.2: over TCP each message is preceded by its length in two octets.
function serveTcp(socket: Socket, onMessage: (bytes: Buffer) => void): void {
  let held = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const end = 2 + held.readUInt16BE(0);
      onMessage(held.subarray(2, end));
      held = held.subarray(end);
    }
  });
}

function withLength(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
