// The host's side of one connection: takes commands apart, asks the script for the replies, and sends them
// in the order of the commands, each when its latency is over. What a recipient is answered is
// mx-mailboxes.ts's; the script's misbehaviours are mx-misbehaviour.ts's. Owns the socket and its timers.

import type { Socket } from 'node:net';
import { answerRcpt, fill, type Greylist } from './mx-mailboxes.ts';
import { misbehave } from './mx-misbehaviour.ts';
import {
  DEFAULT_REPLY,
  USUAL_EXTENSIONS,
  type Answer,
  type MxScript,
  type Step,
  type Visit,
} from './mx-script.ts';
import { upgradeToTls } from './mx-tls.ts';
import type { Witness, WitnessEvent } from './witness.ts';

const MAX_HELD_BYTES = 1_000_000;

/** What the sessions of one host share. */
export interface MxHostState {
  readonly name: string;
  readonly ip: string;
  readonly script: MxScript;
  readonly witness: Witness;
  readonly greylist: Greylist;
  /** Connections that are open now, this one included. */
  open(): number;
}

interface Pending {
  readonly dueAt: number;
  readonly send: () => void;
}

/** Plays the script on a connection until either side ends it. */
export class MxSession {
  readonly #host: MxHostState;
  readonly #session: number;
  #socket: Socket;
  #held = '';
  #queue: Pending[] = [];
  #timer: NodeJS.Timeout | undefined;
  #stopMisbehaving: (() => void) | undefined;
  #isDripping = false;
  #isOver = false;
  #isGreeted = false;
  #hasHello = false;
  #isExtended = false;
  #isEncrypted = false;
  #sender: string | undefined;
  #rcpts = 0;
  #rcptsInTransaction = 0;
  #refusals = 0;
  #commands = 0;

  constructor(socket: Socket, host: MxHostState) {
    this.#host = host;
    this.#socket = socket;
    this.#session = host.witness.nextSession();
    this.#record('connect', socket.remoteAddress ?? '');
    socket.setNoDelay(true);
    socket.on('close', () => this.#finish());
    this.#listen();
    this.#greet();
  }

  /** Ends the connection from our side, at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  #listen(): void {
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk.toString('latin1')));
    this.#socket.on('end', () => this.#socket.end());
  }

  #greet(): void {
    const { script, name } = this.#host;
    if (script.maxConnections !== undefined && this.#host.open() > script.maxConnections) {
      this.#reply('greeting', script.tooManyConnections ?? DEFAULT_REPLY.tooManyConnections, 'end');
      return;
    }
    const greeting = script.greeting ?? `220 ${name} ESMTP`;
    this.#reply('greeting', greeting, isRefusal(greeting) ? 'end' : undefined);
  }

  // Commands are taken apart as they come: a packet may hold several, or a part of one.
  #take(text: string): void {
    if (this.#isOver) return;
    if (!this.#isGreeted) this.#violation('spoke before the greeting');
    this.#held += text;
    let from = 0;
    for (let end = this.#held.indexOf('\n'); end >= 0; end = this.#held.indexOf('\n', from)) {
      const line = this.#held.slice(from, end);
      from = end + 1;
      if (!line.endsWith('\r')) this.#violation('bare LF');
      if (from < this.#held.length || this.#queue.length > 0) this.#notePipelining();
      this.#obey(fromWire(line.endsWith('\r') ? line.slice(0, -1) : line));
      if (this.#isOver) return;
    }
    this.#held = this.#held.slice(from);
    if (this.#held.length > MAX_HELD_BYTES) this.#socket.destroy();
  }

  #notePipelining(): void {
    const offered = this.#host.script.extensions ?? USUAL_EXTENSIONS;
    if (this.#isGreeted && !(this.#isExtended && offered.includes('PIPELINING'))) {
      this.#violation('pipelined without PIPELINING');
    }
  }

  #obey(line: string): void {
    const { script } = this.#host;
    this.#record('command', line);
    this.#commands++;
    if (script.maxCommands !== undefined && this.#commands > script.maxCommands) return this.destroy();
    if (script.maxRefusals !== undefined && this.#refusals >= script.maxRefusals) {
      return this.#reply('other', DEFAULT_REPLY.tooManyRefusals, 'end');
    }
    const [verb = ''] = line.split(' ', 1);
    switch (verb.toUpperCase()) {
      case 'EHLO':
        return this.#hello('ehlo', line.slice(5));
      case 'HELO':
        return this.#hello('helo', line.slice(5));
      case 'STARTTLS':
        return this.#startTls();
      case 'MAIL':
        return this.#mail(line);
      case 'RCPT':
        return this.#rcpt(line);
      case 'RSET':
        this.#endTransaction();
        return this.#reply('rset', this.#answer(script.rset ?? DEFAULT_REPLY.rset, ''));
      case 'NOOP':
        return this.#reply('noop', DEFAULT_REPLY.noop);
      case 'QUIT':
        return this.#reply('quit', this.#answer(script.quit ?? DEFAULT_REPLY.quit, ''), 'end');
      case 'DATA':
      case 'BDAT':
        this.#violation(`${verb.toUpperCase()} sent`);
        return this.#reply('data', DEFAULT_REPLY.data);
      case 'VRFY':
      case 'EXPN':
        this.#violation(`${verb.toUpperCase()} sent`);
        return this.#reply('vrfy', DEFAULT_REPLY.vrfy);
      default:
        this.#violation(`unknown command: ${line}`);
        return this.#reply('other', DEFAULT_REPLY.other);
    }
  }

  #hello(step: 'ehlo' | 'helo', argument: string): void {
    const { script, name } = this.#host;
    const standard = step === 'helo' ? `250 ${name}` : multiline('250', [name, ...this.#extensions()]);
    const reply = this.#answer(script[step] ?? standard, argument);
    if (!isRefusal(reply)) {
      this.#hasHello = true;
      this.#isExtended = step === 'ehlo';
      this.#endTransaction();
    }
    this.#reply(step, reply);
  }

  #extensions(): string[] {
    const { script } = this.#host;
    const offered = [...(script.extensions ?? USUAL_EXTENSIONS)];
    return script.startTls !== undefined && !this.#isEncrypted ? [...offered, 'STARTTLS'] : offered;
  }

  #startTls(): void {
    if (this.#host.script.startTls === undefined || this.#isEncrypted) {
      return this.#reply('starttls', DEFAULT_REPLY.other);
    }
    this.#reply('starttls', DEFAULT_REPLY.startTls, () => {
      this.#held = ''; // RFC 3207 §4.2: nothing said before the handshake counts after it
      this.#hasHello = false;
      this.#isExtended = false;
      this.#isEncrypted = true;
      this.#socket = upgradeToTls(this.#socket);
      this.#listen();
    });
  }

  #mail(line: string): void {
    const { script } = this.#host;
    const sender = /^MAIL FROM:\s*<(.*?)>/i.exec(line)?.[1];
    if (sender === undefined) return this.#reply('mail', DEFAULT_REPLY.syntax);
    if (!this.#hasHello || this.#sender !== undefined) return this.#reply('mail', DEFAULT_REPLY.sequence);
    if (script.startTls === 'required' && !this.#isEncrypted) {
      return this.#reply('mail', DEFAULT_REPLY.mustStartTls);
    }
    const reply = fill(this.#answer(script.mail ?? DEFAULT_REPLY.mail, sender), '', sender);
    if (!isRefusal(reply)) this.#sender = sender;
    this.#reply('mail', reply);
  }

  #rcpt(line: string): void {
    const { script, greylist } = this.#host;
    const recipient = /^RCPT TO:\s*<(.*)>/i.exec(line)?.[1];
    if (recipient === undefined) return this.#reply('rcpt', DEFAULT_REPLY.syntax);
    if (this.#sender === undefined) return this.#reply('rcpt', DEFAULT_REPLY.sequence);
    this.#rcpts++;
    this.#rcptsInTransaction++;
    if (script.maxRcpts !== undefined && this.#rcpts > script.maxRcpts) {
      return this.#reply('rcpt', DEFAULT_REPLY.tooManyInSession, 'end');
    }
    const isOver =
      script.maxRcptsPerTransaction !== undefined && this.#rcptsInTransaction > script.maxRcptsPerTransaction;
    const reply = isOver
      ? DEFAULT_REPLY.tooManyInTransaction
      : answerRcpt(script, recipient, this.#visit(), greylist, Date.now());
    if (isRefusal(reply)) this.#refusals++;
    this.#reply('rcpt', reply, reply.startsWith('421') ? 'end' : undefined);
  }

  #endTransaction(): void {
    this.#sender = undefined;
    this.#rcptsInTransaction = 0;
  }

  #answer(answer: Answer, argument: string): string {
    return typeof answer === 'string' ? answer : answer(argument, this.#visit());
  }

  #visit(): Visit {
    return {
      session: this.#session,
      sender: this.#sender ?? '',
      rcpts: this.#rcpts,
      clientIp: this.#socket.remoteAddress ?? '',
    };
  }

  // A reply leaves its latency after the command came, and never before the reply to the command before it:
  // a packet of several commands costs one round trip, as over a real network.
  #reply(step: Step, reply: string, then?: 'end' | (() => void)): void {
    const { latencyMs } = this.#host.script;
    const latency = typeof latencyMs === 'number' ? latencyMs : (latencyMs?.[step] ?? 0);
    const dueAt = Math.max(performance.now() + latency, this.#queue.at(-1)?.dueAt ?? 0);
    if (then === 'end') this.#isOver = true;
    const send = () => this.#send(step, reply, then);
    if (latency === 0 && this.#queue.length === 0 && !this.#isDripping) return send();
    this.#queue.push({ dueAt, send });
    this.#timer ??= setTimeout(() => this.#flush(), latency);
  }

  #flush(): void {
    this.#timer = undefined;
    const now = performance.now();
    this.#socket.cork();
    while (!this.#isDripping && this.#queue[0] !== undefined && this.#queue[0].dueAt <= now + 0.5) {
      this.#queue.shift()!.send();
    }
    this.#socket.uncork();
    const next = this.#queue[0];
    if (next !== undefined && !this.#isDripping)
      this.#timer = setTimeout(() => this.#flush(), next.dueAt - now);
  }

  #send(step: Step, reply: string, then: 'end' | (() => void) | undefined): void {
    if (this.#socket.destroyed) return;
    if (step === 'greeting') this.#isGreeted = true;
    const misbehaviour = this.#host.script.misbehave?.[step];
    if (misbehaviour !== undefined) {
      this.#record('reply', `(${misbehaviour})`);
      this.#isDripping = misbehaviour === 'drip';
      if (!this.#isDripping) {
        this.#isOver = true;
        this.#queue = [];
      }
      this.#stopMisbehaving = misbehave(misbehaviour, this.#socket, toWire(reply), {
        dripMs: this.#host.script.dripMs,
        onDripped: () => {
          this.#isDripping = false;
          if (then === 'end') this.#socket.end();
          this.#flush();
        },
      });
      return;
    }
    this.#record('reply', reply);
    this.#socket.write(toWire(reply));
    if (then === 'end') this.#socket.end();
    else then?.();
  }

  #finish(): void {
    clearTimeout(this.#timer);
    this.#queue = [];
    this.#stopMisbehaving?.();
    this.#isOver = true;
    this.#record('close', '');
  }

  #violation(what: string): void {
    this.#record('violation', what);
  }

  #record(type: WitnessEvent['type'], text: string): void {
    const { name: host, ip, witness } = this.#host;
    witness.record({ at: Date.now(), host, ip, session: this.#session, type, text });
  }
}

function isRefusal(reply: string): boolean {
  return reply.startsWith('4') || reply.startsWith('5');
}

/** `250-a`, `250-b`, `250 c` (RFC 5321 §4.2.1). */
function multiline(code: string, lines: readonly string[]): string {
  return lines.map((line, i) => `${code}${i === lines.length - 1 ? ' ' : '-'}${line}`).join('\n');
}

function toWire(reply: string): Buffer {
  return Buffer.from(`${reply.replaceAll('\n', '\r\n')}\r\n`);
}

// Lines are cut as bytes (latin1) and decoded when whole, so that UTF-8 may be split over packets.
function fromWire(line: string): string {
  return /[\u0080-\u00FF]/.test(line) ? Buffer.from(line, 'latin1').toString('utf8') : line;
}
