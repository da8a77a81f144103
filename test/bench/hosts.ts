// The mail hosts of a benchmark: as little work as possible for each command, so that what is measured is whoever asks.
// Every host listens on a loopback address of its own, offers PIPELINING, and answers what came in one packet together,
// one latency later. Counts what it sees; plays no tricks (test/support/internet has hosts that do).

import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { BenchHost, BenchInternet } from './world.ts';

/** What all hosts saw together since the last reset. */
export interface HostCounts {
  readonly connections: number;
  /** Packets that were answered, greetings included: how often somebody waited. */
  readonly roundTrips: number;
  readonly rcpts: number;
  /** Recipients that were asked about more than once, of those that were handed in. */
  readonly askedAgain: number;
  /** The most connections that one host saw at once. */
  readonly mostAtOnce: number;
  /** What no client may do: commands that are not known, or out of order. */
  readonly violations: number;
}

const BACKLOG = 4096;
const QUIT_REPLY = '221 2.0.0 Bye\r\n';
const OK = '250 2.1.0 Ok\r\n';
const ACCEPTED = '250 2.1.5 Ok\r\n';
const OUT_OF_ORDER = '503 5.5.1 Error: bad sequence of commands\r\n';

export class Hosts {
  readonly #latencyMs: number;
  readonly #mailboxes: ReadonlyMap<string, ReadonlySet<string> | true>;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #connections = 0;
  #roundTrips = 0;
  #violations = 0;
  #mostAtOnce = 0;
  readonly #asked = new Map<string, number>();

  private constructor(mailboxes: BenchInternet['mailboxes'], latencyMs: number) {
    this.#latencyMs = latencyMs;
    this.#mailboxes = new Map(
      Object.entries(mailboxes).map(([domain, locals]) => [domain, locals === true || new Set(locals)]),
    );
  }

  /** Starts all of them on one port. */
  static async start({ hosts, mailboxes }: BenchInternet, latencyMs: number): Promise<Hosts> {
    const started = new Hosts(mailboxes, latencyMs);
    for (const host of hosts) await started.#listen(host);
    return started;
  }

  get port(): number {
    return this.#port;
  }

  reset(): void {
    this.#connections = 0;
    this.#roundTrips = 0;
    this.#violations = 0;
    this.#mostAtOnce = 0;
    this.#asked.clear();
  }

  /** Control recipients and the like are not among `addresses`, and may be asked about by everybody. */
  counts(addresses: readonly string[]): HostCounts {
    const timesAsked = (address: string): number => this.#asked.get(address) ?? 0;
    return {
      connections: this.#connections,
      roundTrips: this.#roundTrips,
      rcpts: [...this.#asked.values()].reduce((sum, times) => sum + times, 0),
      askedAgain: addresses.filter((address) => timesAsked(address) > 1).length,
      mostAtOnce: this.#mostAtOnce,
      violations: this.#violations,
    };
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => once(server.close(), 'close')));
  }

  async #listen(host: BenchHost): Promise<void> {
    const capabilities = `250-${host.name}\r\n250-PIPELINING\r\n250-SIZE 36700160\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n`;
    // A connection is open until the host has said goodbye: when it notices that the other side has gone, too, is chance.
    const open = new Set<Socket>();
    const server = createServer({ noDelay: true }, (socket) => {
      open.add(socket);
      this.#connections++;
      this.#mostAtOnce = Math.max(this.#mostAtOnce, open.size);
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => {
        open.delete(socket);
        this.#sockets.delete(socket);
      });
      this.#serve(socket, host, capabilities, () => open.delete(socket));
    });
    server.listen({ host: host.ip, port: this.#port, backlog: BACKLOG });
    await once(server, 'listening');
    this.#port = (server.address() as { port: number }).port;
    this.#servers.push(server);
  }

  #serve(
    socket: Socket,
    { greeting, unknown }: BenchHost,
    capabilities: string,
    onGoodbye: () => void,
  ): void {
    let rest = '';
    let inTransaction = false;
    const answer = (command: string): string => {
      switch (command.slice(0, 4)) {
        case 'EHLO':
          return capabilities;
        case 'MAIL':
          if (inTransaction) return this.#outOfOrder();
          inTransaction = true;
          return OK;
        case 'RCPT':
          return inTransaction ? this.#answerRcpt(command, unknown) : this.#outOfOrder();
        case 'RSET':
          inTransaction = false;
          return OK;
        case 'QUIT':
          return QUIT_REPLY;
        default:
          return this.#outOfOrder();
      }
    };
    this.#later(socket, greeting);
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      const commands = (rest + chunk).split('\r\n');
      rest = commands.pop()!;
      if (commands.length === 0) return;
      this.#later(socket, commands.map(answer).join(''), commands.at(-1) === 'QUIT' ? onGoodbye : undefined);
    });
  }

  #later(socket: Socket, text: string, onGoodbye?: () => void): void {
    setTimeout(() => {
      if (socket.destroyed) return;
      this.#roundTrips++;
      if (onGoodbye === undefined) return void socket.write(text, 'latin1');
      onGoodbye();
      socket.end(text, 'latin1');
    }, this.#latencyMs);
  }

  #answerRcpt(command: string, unknown: string): string {
    const address = command.slice('RCPT TO:<'.length, command.lastIndexOf('>'));
    this.#asked.set(address, (this.#asked.get(address) ?? 0) + 1);
    const at = address.lastIndexOf('@');
    const known = this.#mailboxes.get(address.slice(at + 1));
    const isTaken = known === true || known?.has(address.slice(0, at));
    return isTaken ? ACCEPTED : unknown.replaceAll('{rcpt}', address);
  }

  #outOfOrder(): string {
    this.#violations++;
    return OUT_OF_ORDER;
  }
}
