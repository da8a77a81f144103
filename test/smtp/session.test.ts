import { once } from 'node:events';
import { createServer, connect, type AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { Failure, Reply } from '../../src/domain/observation.ts';
import { Session, type SessionLimits } from '../../src/smtp/session.ts';
import { ScriptedHost, SILENCE, type Deed } from './scripted-host.ts';

const patient: SessionLimits = { connectTimeoutMs: 2000, replyTimeoutMs: 2000, sessionDeadlineMs: 5000 };
const hasty: SessionLimits = { connectTimeoutMs: 2000, replyTimeoutMs: 80, sessionDeadlineMs: 5000 };

interface Course {
  readonly replies: readonly string[];
  readonly failure: Failure;
  readonly detail: string | undefined;
  readonly isConnected: boolean;
}

/** Listens to a session until it fails. */
function courseOf(port: number, limits: SessionLimits, ip = '127.0.0.1'): Promise<Course> {
  return new Promise((resolve) => {
    const replies: string[] = [];
    void new Session(ip, port, limits, {
      replies: (batch: readonly Reply[]) => {
        replies.push(...batch.map(({ code, text }) => `${code} ${text}`));
      },
      secured: () => undefined,
      lacking: () => undefined,
      failed: (failure, detail, isConnected) => resolve({ replies, failure, detail, isConnected }),
    });
  });
}

async function courseWith(greeting: Deed, limits = patient): Promise<Course> {
  await using host = await ScriptedHost.listen({ greeting });
  return await courseOf(host.port, limits);
}

describe('Session', () => {
  it.each([
    { name: 'silence', greeting: SILENCE, failure: 'timeout', detail: undefined },
    { name: 'half a line, then silence', greeting: { raw: '220 mx' }, failure: 'timeout', detail: undefined },
    {
      name: 'a slow drip of half a line',
      greeting: { drip: '2', everyMs: 5 },
      failure: 'timeout',
      detail: undefined,
    },
    {
      name: 'a slow drip of continuation',
      greeting: { drip: '220-mx\r\n', everyMs: 2 },
      failure: 'timeout',
      detail: undefined,
    },
  ] as const)('gives up on $name', async ({ greeting, failure, detail }) => {
    const course = await courseWith(greeting, hasty);

    expect(course).toEqual({ replies: [], failure, detail, isConnected: true });
  });

  it.each([
    { name: 'a close', greeting: { end: 'close' }, failure: 'lost', detail: undefined },
    { name: 'a half-close', greeting: { end: 'half-close' }, failure: 'lost', detail: undefined },
    { name: 'a reset', greeting: { end: 'reset' }, failure: 'lost', detail: 'ECONNRESET' },
    {
      name: 'a megabyte without a line end',
      greeting: { raw: '2'.repeat(1 << 20) },
      failure: 'garbled',
      detail: 'line over 4096 bytes',
    },
    {
      name: 'an endless banner',
      greeting: { raw: '220-mx\r\n'.repeat(100_000) },
      failure: 'garbled',
      detail: 'reply over 200 lines',
    },
    { name: 'a NUL', greeting: { raw: '220 m\0x\r\n' }, failure: 'garbled', detail: 'NUL in a reply' },
    {
      name: 'another protocol',
      greeting: 'HTTP/1.1 400 Bad Request',
      failure: 'garbled',
      detail: 'not an SMTP reply',
    },
  ] as const)('tells $name', async ({ greeting, failure, detail }) => {
    const course = await courseWith(greeting);

    expect(course).toEqual({ replies: [], failure, detail, isConnected: true });
  });

  it('gives the reply that came before the end', async () => {
    const course = await courseWith({ end: 'close', saying: '554 go away' });

    expect(course).toMatchObject({ replies: ['554 go away'], failure: 'lost' });
  });

  it('puts split bytes together again', async () => {
    const { replies } = await courseWith(
      { drip: '220 gr\u00FC\u00DFe\r\n', everyMs: 1 },
      { ...patient, sessionDeadlineMs: 300 },
    );

    expect(replies[0]).toBe('220 gr\u00FC\u00DFe');
  });

  it('ends at its deadline, however lively the host', async () => {
    const course = await courseWith(
      { drip: '220 mx\r\n220 mx\r\n', everyMs: 1 },
      { ...patient, sessionDeadlineMs: 150 },
    );

    expect(course).toMatchObject({ failure: 'timeout', detail: 'session over 150 ms', isConnected: true });
    expect(course.replies.length).toBeGreaterThan(1);
  });

  it('tells that nobody listens', async () => {
    const host = await ScriptedHost.listen();
    const { port } = host;
    await host[Symbol.asyncDispose]();

    expect(await courseOf(port, patient)).toEqual({
      replies: [],
      failure: 'refused',
      detail: 'ECONNREFUSED',
      isConnected: false,
    });
  });

  it('tells that there is no way', async () => {
    // The limited broadcast address cannot be connected to, and no packet leaves for it.
    const course = await courseOf(25, patient, '255.255.255.255');

    expect(course).toMatchObject({ failure: 'unreachable', isConnected: false });
    expect(course.detail).toMatch(/^E[A-Z]+$/);
  });

  it('gives up on a host that takes no connection', async () => {
    await using deaf = await deafHost();

    const course = await courseOf(deaf.port, { ...patient, connectTimeoutMs: 100 });

    expect(course).toEqual({ replies: [], failure: 'timeout', detail: undefined, isConnected: false });
  });

  it('reads what has come before it calls a host silent, when this process was starved meanwhile', async () => {
    await using host = await promptHost();
    const course = await new Promise<string[]>((resolve) => {
      const told: string[] = [];
      const session = new Session('127.0.0.1', host.port, hasty, {
        replies: ([reply]) => {
          told.push(String(reply!.code));
          if (told.length === 2) return resolve(told);
          session.send(['EHLO v.example.net']);
          starve(3 * hasty.replyTimeoutMs);
        },
        secured: () => undefined,
        lacking: () => undefined,
        failed: (failure) => resolve([...told, failure]),
      });
    });

    expect(course).toEqual(['220', '250']);
  });

  it('tells nothing after close', async () => {
    await using host = await ScriptedHost.listen({ greeting: SILENCE });
    const events: string[] = [];
    const session = new Session('127.0.0.1', host.port, hasty, {
      replies: () => events.push('replies'),
      secured: () => undefined,
      lacking: () => undefined,
      failed: () => events.push('failed'),
    });

    session.close();
    await session.closed;
    await host.quiet();

    expect(events).toEqual([]);
  });

  it('parts, and tells nothing any more', async () => {
    await using host = await ScriptedHost.listen();
    const events: string[] = [];
    await new Promise<void>((resolve) => {
      const session = new Session('127.0.0.1', host.port, patient, {
        replies: () => {
          session.part();
          void session.closed.then(resolve);
        },
        secured: () => undefined,
        lacking: () => undefined,
        failed: () => events.push('failed'),
      });
    });

    expect(host.heard).toEqual([]);
    expect(events).toEqual([]);
  });

  it('goes within a second from a host that keeps its side open', async () => {
    const sockets: { destroy(): void }[] = [];
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.write('220 mx\r\n');
      socket.resume();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const leftAt = await new Promise<number>((resolve) => {
      const session = new Session('127.0.0.1', (server.address() as AddressInfo).port, patient, {
        replies: () => {
          session.part();
          const began = performance.now();
          void session.closed.then(() => resolve(performance.now() - began));
        },
        secured: () => undefined,
        lacking: () => undefined,
        failed: () => undefined,
      });
    });
    for (const socket of sockets) socket.destroy();
    server.close();

    expect(leftAt).toBeLessThan(1500);
  });
});

/** A host in a thread of its own: it answers while this one is busy. */
async function promptHost(): Promise<AsyncDisposable & { readonly port: number }> {
  const thread = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer((socket) => {
       socket.on('error', () => {}).on('data', () => socket.write('250 mx\\r\\n'));
       socket.write('220 mx\\r\\n');
     });
     server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
    { eval: true },
  );
  const [port] = (await once(thread, 'message')) as [number];
  return {
    port,
    async [Symbol.asyncDispose]() {
      await thread.terminate();
    },
  };
}

function starve(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** A port whose queue of connections is full and never emptied: what it is sent is dropped by the kernel. */
async function deafHost(): Promise<AsyncDisposable & { readonly port: number }> {
  const thread = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer().listen(0, '127.0.0.1', 1, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     });`,
    { eval: true },
  );
  const [port] = (await once(thread, 'message')) as [number];
  const queued = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  await Promise.all(queued.map((socket) => once(socket, 'connect')));
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of queued) socket.destroy();
      await thread.terminate();
    },
  };
}
