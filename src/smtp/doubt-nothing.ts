// Asks the DNS how it means an answer without records. The resolver of Node takes every response code that it does not
// know (RFC 6895 §2.3: YXDOMAIN, NOTAUTH, …), and a message that is no response at all, for "there is nothing"; but
// that is a word that ends mailboxes, and only NOERROR says it. So the question is put once more, by hand, and of
// the answer nothing is read but its header.

import { createSocket } from 'node:dgram';
import { randomInt } from 'node:crypto';
import { isIPv6 } from 'node:net';

export interface NothingOptions {
  /** `ip`, `ip:port` or `[ip6]:port` each, asked in this order. */
  readonly servers: readonly string[];
  /** For one question to one server. */
  readonly timeoutMs: number;
  /** Rounds over all servers. */
  readonly tries: number;
  /** Raised when nobody awaits the answer any more. */
  readonly signal: AbortSignal;
}

/** RFC 1035 §3.2.2, RFC 3596 §2.1. */
const TYPES = { A: 1, AAAA: 28, MX: 15 } as const;
export type NothingQuestion = keyof typeof TYPES;

interface Header {
  readonly rcode: number;
  readonly records: number;
}

const HEADER_BYTES = 12;
const IS_RESPONSE = 0x8000;
const RECURSION_DESIRED = 0x0100;
const RCODE = 0x000f;
const CLASS_IN = 1;
const DNS_PORT = 53;

const WORDS: Readonly<Record<number, string>> = {
  0: 'an answer to another question',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  6: 'YXDOMAIN',
  7: 'YXRRSET',
  8: 'NXRRSET',
  9: 'NOTAUTH',
  10: 'NOTZONE',
  11: 'DSOTYPENI',
};

/**
 * Gives undefined as soon as one server says that there is nothing, NOERROR without a record; else the response code in
 * words, `TIMEOUT` where none answers. Never rejects.
 */
export async function doubtNothing(
  name: string,
  type: NothingQuestion,
  options: NothingOptions,
): Promise<string | undefined> {
  let word = 'TIMEOUT';
  for (let round = 0; round < options.tries; round++) {
    for (const server of options.servers) {
      const answer = await askServer(server, name, type, options);
      if (answer?.rcode === 0 && answer.records === 0) return undefined;
      if (answer !== undefined) word = WORDS[answer.rcode] ?? `RCODE ${answer.rcode}`;
    }
    if (word !== 'TIMEOUT') return word;
  }
  return word;
}

function askServer(
  server: string,
  name: string,
  type: NothingQuestion,
  { timeoutMs, signal }: NothingOptions,
): Promise<Header | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  const { ip, port } = addressOf(server);
  const id = randomInt(0x1_0000);
  const question = questionOf(name, type);
  return new Promise((resolve) => {
    const socket = createSocket({ type: isIPv6(ip) ? 'udp6' : 'udp4', signal });
    const patience = setTimeout(() => socket.close(), timeoutMs);
    let answer: Header | undefined;
    socket.once('close', () => {
      clearTimeout(patience);
      resolve(answer);
    });
    socket.once('error', () => socket.close());
    socket.on('message', (message) => {
      if (answer !== undefined) return;
      answer = headerOfAnswer(message, id, question);
      if (answer !== undefined) socket.close();
    });
    // Connected, the socket takes nothing from anybody else.
    socket.once('connect', () => socket.send(Buffer.concat([headerOf(id), question])));
    socket.connect(port, ip);
  });
}

function headerOf(id: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(RECURSION_DESIRED, 2);
  header.writeUInt16BE(1, 4); // one question
  return header;
}

function questionOf(name: string, type: NothingQuestion): Buffer {
  const labels = name
    .split('.')
    .flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')]);
  return Buffer.concat([...labels, Buffer.from([0, 0, TYPES[type], 0, CLASS_IN])]);
}

/** What stands at the head of the answer to our question; undefined for whatever else comes in. */
function headerOfAnswer(message: Buffer, id: number, question: Buffer): Header | undefined {
  if (message.length < HEADER_BYTES + question.length || message.readUInt16BE(0) !== id) return undefined;
  const asked = message.subarray(HEADER_BYTES, HEADER_BYTES + question.length);
  if (asked.toString('latin1').toLowerCase() !== question.toString('latin1').toLowerCase()) return undefined;
  const flags = message.readUInt16BE(2);
  if ((flags & IS_RESPONSE) === 0) return undefined;
  return { rcode: flags & RCODE, records: message.readUInt16BE(6) };
}

function addressOf(server: string): { readonly ip: string; readonly port: number } {
  const [, bracketed, plain, port] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(server) ?? [];
  return { ip: bracketed ?? plain ?? server, port: port === undefined ? DNS_PORT : Number(port) };
}
