// What MX hosts do that no MX host should. Each starts on a socket and gives the function that stops it.

import type { Socket } from 'node:net';
import type { Misbehaviour } from './mx-script.ts';

const STREAM_EVERY_MS = 10;
const STREAM_CHUNK = 4_096;
const DEFAULT_DRIP_MS = 50;
// The start of a TLS alert, some control bytes, and a protocol that is not ours.
const GARBAGE = Buffer.from(
  '\u0015\u0003\u0001\u0000\u0002\u0002\u0028\u0000\u0007HTTP/1.1 400 Bad Request\r\n\r\n\u00ff\u00fe',
  'latin1',
);

export interface DripOptions {
  readonly dripMs?: number | undefined;
  /** Called when the last byte of a drip is out. */
  readonly onDripped: () => void;
}

/** Does it instead of sending `reply`; the result stops what goes on in time. */
export function misbehave(
  what: Misbehaviour,
  socket: Socket,
  reply: Buffer,
  options: DripOptions,
): () => void {
  switch (what) {
    case 'silent':
      return nothing;
    case 'close':
      socket.end();
      return nothing;
    case 'reset':
      socket.resetAndDestroy();
      return nothing;
    case 'garbage':
      socket.write(GARBAGE);
      return nothing;
    case 'endless-line':
      return stream(socket, Buffer.alloc(STREAM_CHUNK, `${reply.toString('latin1').trimEnd()} and `));
    case 'endless-continuation':
      return stream(socket, Buffer.from('250-there is more to come\r\n'.repeat(200)));
    case 'drip':
      return drip(socket, reply, options);
  }
}

function nothing(): void {}

// Holds back while the client does not read, so that an endless reply costs no endless memory.
function stream(socket: Socket, chunk: Buffer): () => void {
  const timer = setInterval(() => {
    if (!socket.writableNeedDrain && !socket.destroyed) socket.write(chunk);
  }, STREAM_EVERY_MS);
  return () => clearInterval(timer);
}

function drip(
  socket: Socket,
  reply: Buffer,
  { dripMs = DEFAULT_DRIP_MS, onDripped }: DripOptions,
): () => void {
  let sent = 0;
  const timer = setInterval(() => {
    if (socket.destroyed) return clearInterval(timer);
    socket.write(reply.subarray(sent, ++sent));
    if (sent < reply.length) return;
    clearInterval(timer);
    onDripped();
  }, dripMs);
  return () => clearInterval(timer);
}
