// A client for the tests of the MX host: says what it is told and gives back what it hears, lines and all.
// Deliberately not the program's own: what is tested here is the ground that stands on.

import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

export interface SmtpClient extends AsyncDisposable {
  /** Sends text as it is. */
  send(text: string): void;
  /** The next `count` whole replies, lines joined by `\n`. */
  replies(count: number): Promise<string[]>;
  /** Everything heard so far that is not a whole reply. */
  rest(): string;
  /** Resolves with how the host ended the connection. */
  ended(): Promise<'end' | 'reset'>;
  readonly socket: Socket;
}

export async function connectTo(host: { ip: string; port: number }): Promise<SmtpClient> {
  const socket = connect({ host: host.ip, port: host.port, allowHalfOpen: true });
  let heard = '';
  let ending: 'end' | 'reset' | undefined;
  const end = (how: 'end' | 'reset') => {
    ending ??= how;
    socket.emit('news');
  };
  socket.on('data', (chunk) => {
    heard += chunk.toString('utf8');
    socket.emit('news');
  });
  socket.on('end', () => end('end'));
  socket.on('error', () => end('reset'));
  socket.on('close', () => end('end'));
  await once(socket, 'connect');

  return {
    socket,
    send: (text) => void socket.write(text),
    replies: async (count) => {
      const replies: string[] = [];
      while (replies.length < count) {
        const reply = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(heard)?.[0];
        if (reply !== undefined) {
          heard = heard.slice(reply.length);
          replies.push(reply.trimEnd().replaceAll('\r\n', '\n'));
        } else if (ending === undefined) {
          await once(socket, 'news');
        } else {
          throw new Error(`the host ended the connection after ${JSON.stringify([...replies, heard])}`);
        }
      }
      return replies;
    },
    rest: () => heard,
    ended: async () => {
      for (;;) {
        if (ending !== undefined) return ending;
        await once(socket, 'news');
      }
    },
    [Symbol.asyncDispose]: async () => {
      if (socket.closed) return;
      socket.destroy();
      await once(socket, 'close');
    },
  };
}
