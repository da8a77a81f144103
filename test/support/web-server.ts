// A real HTTP server on loopback that remembers what it was sent, and answers as the test says.

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export type Answer = (request: Heard, response: ServerResponse) => void;

export interface WebServer extends AsyncDisposable {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  readonly heard: readonly Heard[];
  /** How further requests are answered. */
  answer: Answer;
}

/** Answers with this status and nothing else. */
export function status(code: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_, response) => void response.writeHead(code, headers).end();
}

/** Takes what it is sent, and never answers. */
export const silence: Answer = () => undefined;

export async function startWebServer(answer: Answer = status(200)): Promise<WebServer> {
  const heard: Heard[] = [];
  const web = { answer };
  const server = createServer((request, response) => void hear(request, response));
  const hear = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const at = Date.now();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: path = '', headers } = request;
    const whole = { method, path, headers, body: Buffer.concat(chunks).toString(), at };
    heard.push(whole);
    web.answer(whole, response);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(web, {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
