// An MX host that says what a test makes of each command, each reply in a packet of its own some time after the one before,
// whatever is asked meanwhile: for replies that come too often, too seldom, or in no shape at all.

import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

/** Gives what is said, in order, when the `nth` command of this verb comes in a session; `greeting` comes by itself. */
export type Speech = (verb: string, line: string, nth: number) => readonly (string | Buffer)[];

export class ScriptedStream implements AsyncDisposable {
  /** What each session heard. */
  readonly sessions: string[][] = [];
  readonly #server: Server;

  private constructor(speech: Speech, everyMs: number) {
    this.#server = createServer((socket) => {
      const heard: string[] = [];
      this.sessions.push(heard);
      const counts = new Map<string, number>();
      const due: (string | Buffer)[] = [];
      const timer = setInterval(() => {
        const next = due.shift();
        if (next === undefined || socket.destroyed || socket.writableEnded) return;
        socket.write(next);
        if (next.toString().startsWith('221 ')) socket.end();
      }, everyMs);
      const hear = (verb: string, line: string): void => {
        const nth = counts.get(verb) ?? 0;
        counts.set(verb, nth + 1);
        due.push(...speech(verb, line, nth));
      };
      socket.on('error', () => undefined).on('close', () => clearInterval(timer));
      hear('greeting', '');
      let rest = '';
      socket.on('data', (bytes: Buffer) => {
        const lines = (rest + bytes.toString()).split('\r\n');
        rest = lines.pop()!;
        for (const line of lines) {
          heard.push(line);
          hear(line.split(/[ :]/)[0]!.toLowerCase(), line);
        }
      });
    });
  }

  static async listen(speech: Speech, ip: string, everyMs: number): Promise<ScriptedStream> {
    const host = new ScriptedStream(speech, everyMs);
    host.#server.listen(0, ip);
    await once(host.#server, 'listening');
    return host;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    await once(this.#server, 'close');
  }
}
