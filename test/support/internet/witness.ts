// What the MX hosts of a small internet saw: every connection, command and reply, with time, host and ip.
// The witness is independent of the program under test, so it is what decides whether that program was
// polite. Kept in memory; also appended as NDJSON to a file where one is given.

import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';

export interface WitnessEvent {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly host: string;
  readonly ip: string;
  /** Number of the connection, unique in this witness. */
  readonly session: number;
  readonly type: 'connect' | 'command' | 'reply' | 'violation' | 'close';
  /** The command or reply without its line end; for a violation what was wrong. */
  readonly text: string;
}

/** What one host saw in all. */
export interface HostTally {
  readonly connections: number;
  readonly open: number;
  readonly maxOpen: number;
  readonly commands: number;
  readonly rcpts: number;
  /** The most RCPTs that one connection asked. */
  readonly maxRcptsPerConnection: number;
}

export interface Tally extends HostTally {
  readonly hosts: number;
  readonly violations: number;
}

interface Counter {
  connections: number;
  open: number;
  maxOpen: number;
  commands: number;
  rcpts: number;
  maxRcptsPerConnection: number;
}

/** A recipient as it was asked about: once for each RCPT command. */
export interface AskedRecipient {
  readonly address: string;
  readonly host: string;
  readonly session: number;
  readonly at: number;
}

const RCPT = /^RCPT TO:\s*<(.*)>/i;

export class Witness {
  readonly events: WitnessEvent[] = [];
  readonly #all: Counter = emptyCounter();
  readonly #byHost = new Map<string, Counter>();
  readonly #rcptsBySession = new Map<number, number>();
  readonly #file: WriteStream | undefined;
  #sessions = 0;
  #violations = 0;

  constructor(file?: string) {
    this.#file = file === undefined ? undefined : createWriteStream(file, { flags: 'a' });
  }

  /** Gives a connection its number. */
  nextSession(): number {
    return ++this.#sessions;
  }

  record(event: WitnessEvent): void {
    this.events.push(event);
    this.#file?.write(`${JSON.stringify(event)}\n`);
    const host = this.#counterOf(event.host);
    switch (event.type) {
      case 'connect':
        for (const counter of [this.#all, host]) {
          counter.connections++;
          counter.open++;
          counter.maxOpen = Math.max(counter.maxOpen, counter.open);
        }
        break;
      case 'close':
        this.#all.open--;
        host.open--;
        this.#rcptsBySession.delete(event.session);
        break;
      case 'command':
        this.#all.commands++;
        host.commands++;
        if (RCPT.test(event.text)) this.#countRcpt(host, event.session);
        break;
      case 'violation':
        this.#violations++;
        break;
      case 'reply':
        break;
    }
  }

  /** Totals over all hosts that were connected to. */
  tally(): Tally {
    return { ...this.#all, hosts: this.#byHost.size, violations: this.#violations };
  }

  /** What one host saw; zeroes when nobody came. */
  tallyOf(host: string): HostTally {
    return { ...(this.#byHost.get(host) ?? emptyCounter()) };
  }

  /** The commands, in the order of their arrival; of one host when its name is given. */
  commands(host?: string): string[] {
    return this.#texts('command', host);
  }

  /** What clients did that no client may: pipelining unasked, speaking before the greeting, DATA, VRFY, bare LF. */
  violations(host?: string): string[] {
    return this.#texts('violation', host);
  }

  /** Each RCPT that was asked, in order. */
  recipients(): AskedRecipient[] {
    const asked: AskedRecipient[] = [];
    for (const { type, text, host, session, at } of this.events) {
      const address = type === 'command' ? RCPT.exec(text)?.[1] : undefined;
      if (address !== undefined) asked.push({ address, host, session, at });
    }
    return asked;
  }

  /** Resolves when the file, where there is one, holds everything recorded so far. */
  async flush(): Promise<void> {
    if (this.#file !== undefined) await new Promise((resolve) => this.#file!.write('', resolve));
  }

  async close(): Promise<void> {
    if (this.#file === undefined || this.#file.closed) return;
    this.#file.end();
    await once(this.#file, 'close');
  }

  #texts(type: WitnessEvent['type'], host: string | undefined): string[] {
    return this.events
      .filter((event) => event.type === type && (host === undefined || event.host === host))
      .map(({ text }) => text);
  }

  #counterOf(host: string): Counter {
    let counter = this.#byHost.get(host);
    if (counter === undefined) this.#byHost.set(host, (counter = emptyCounter()));
    return counter;
  }

  #countRcpt(host: Counter, session: number): void {
    const rcpts = (this.#rcptsBySession.get(session) ?? 0) + 1;
    this.#rcptsBySession.set(session, rcpts);
    for (const counter of [this.#all, host]) {
      counter.rcpts++;
      counter.maxRcptsPerConnection = Math.max(counter.maxRcptsPerConnection, rcpts);
    }
  }
}

function emptyCounter(): Counter {
  return { connections: 0, open: 0, maxOpen: 0, commands: 0, rcpts: 0, maxRcptsPerConnection: 0 };
}
