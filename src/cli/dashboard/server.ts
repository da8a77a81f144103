// The dashboard over HTTP: pages, their style and script, and a stream of news for each open page (Server-Sent Events). Lets in
// whom the door lets in, answers GET only, and holds no more connections than it can bear. What is on a page it does not know.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { OperationalError } from '../../platform/operational-error.ts';
import { type DoorPolicy, decide } from './door.ts';
import { LIVE_SCRIPT } from './live-script.ts';
import type { Lookout, Sight, Topic } from './lookout.ts';

export interface DashboardServer extends AsyncDisposable {
  readonly port: number;
}

export interface ServerOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly policy: DoorPolicy;
  readonly lookout: Pick<Lookout, 'glance' | 'watch'>;
  readonly style: string;
  /** The whole page around a sight. */
  readonly pageOf: (topic: Topic, sight: Sight) => string;
  readonly now: () => number;
}

const MAX_CONNECTIONS = 128;
const MAX_STREAMS = 48;
/** Pages that are being made; each costs a look at the database. */
const MAX_PAGES = 16;
/** A viewer that reads nothing is let go when so many bytes wait for it. */
const MAX_WAITING_BYTES = 2_000_000;
const HEAD_WITHIN_MS = 10_000;

const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

/** Begins to serve; rejects with USAGE where the port cannot be had. */
export async function serveDashboard(options: ServerOptions): Promise<DashboardServer> {
  const rooms = new Rooms(options);
  const server = createServer(
    { headersTimeout: HEAD_WITHIN_MS, requestTimeout: HEAD_WITHIN_MS, keepAliveTimeout: 5_000 },
    (request, response) => rooms.receive(request, response),
  );
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, options);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, { host, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new OperationalError('USAGE', `dashboard: ${host} port ${port} cannot be had: ${cause.message}`, {
          cause,
        }),
      ),
    );
    server.listen({ host, port }, resolve);
  });
}

class Rooms {
  readonly #options: ServerOptions;
  /** Connections that hold a stream each. */
  readonly #streams = new Set<IncomingMessage['socket']>();
  #pages = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  receive(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => response.destroy());
    const { method, url, headers } = request;
    const decision = decide(
      { method, url, host: headers.host, cookie: headers.cookie, authorization: headers.authorization },
      this.#options.policy,
    );
    switch (decision.type) {
      case 'refuse':
        return answer(response, decision.status, 'text/plain', `${decision.sentence}\n`);
      case 'welcome':
        response.writeHead(303, { ...HEADERS, Location: decision.path, 'Set-Cookie': decision.cookie });
        return void response.end();
      case 'enter':
        return this.#show(decision.path, response);
    }
  }

  #show(path: string, response: ServerResponse): void {
    if (path === '/style.css') return answer(response, 200, 'text/css', this.#options.style);
    if (path === '/live.js') return answer(response, 200, 'text/javascript', LIVE_SCRIPT);
    const [, stream, list] = /^\/(events(?:\/|$))?(?:list\/(\d{1,10}))?$/.exec(path) ?? [];
    const isKnown = path === '/' || path === '/events' || list !== undefined;
    if (!isKnown) return answer(response, 404, 'text/plain', 'There is no such page.\n');
    const topic = list === undefined ? 'overview' : Number(list);
    if (stream === undefined) void this.#page(topic, response);
    else this.#stream(topic, response);
  }

  async #page(topic: Topic, response: ServerResponse): Promise<void> {
    if (this.#pages >= MAX_PAGES) return busy(response);
    this.#pages++;
    try {
      const sight = await this.#options.lookout.glance(topic);
      const isGone = sight.content === undefined && sight.trouble === undefined;
      answer(response, isGone ? 404 : 200, 'text/html', this.#options.pageOf(topic, sight));
    } finally {
      this.#pages--;
    }
  }

  #stream(topic: Topic, response: ServerResponse): void {
    const { socket } = response.req;
    // A stream never ends, so that whatever is asked behind it on its connection would wait for ever.
    if (this.#streams.has(socket)) return void socket.destroy();
    if (this.#streams.size >= MAX_STREAMS) return busy(response);
    this.#streams.add(socket);
    response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
    let told: string | undefined;
    const forget = this.#options.lookout.watch(topic, ({ content, seenAt, trouble }) => {
      if (response.writableLength > MAX_WAITING_BYTES) return void socket.destroy();
      const news = {
        now: this.#options.now(),
        seenAt,
        trouble: trouble?.sentence ?? '',
        ...(content === told ? {} : { content }),
      };
      told = content;
      response.write(`data: ${JSON.stringify(news)}\n\n`);
    });
    // Not the response's own end: one whose turn on its connection never came has none.
    socket.once('close', () => {
      forget();
      this.#streams.delete(socket);
    });
  }
}

function answer(response: ServerResponse, status: number, type: string, text: string): void {
  const bytes = Buffer.from(text);
  response.writeHead(status, {
    ...HEADERS,
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Length': bytes.length,
    ...(status === 405 ? { Allow: 'GET, HEAD' } : {}),
  });
  response.end(bytes);
}

function busy(response: ServerResponse): void {
  response.setHeader('Retry-After', '5');
  answer(response, 503, 'text/plain', 'Too many look at once. Try again in a moment.\n');
}
