// The dashboard over HTTP: what it answers, what it refuses, how much it bears, and that it ends.

import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Sight, Topic } from '../../../src/cli/dashboard/lookout.ts';
import { type DashboardServer, serveDashboard } from '../../../src/cli/dashboard/server.ts';
import { waitFor } from '../../support/wait-for.ts';

const TOKEN = '0123456789abcdef';
const SIGHT: Sight = { content: '<p>all is well</p>', seenAt: 5, trouble: undefined };

let servers: DashboardServer[] = [];
afterEach(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
  servers = [];
});

const start = async (differs: { token?: string; sight?: Sight } = {}) => {
  const watchers: { topic: Topic; tell: (sight: Sight) => void }[] = [];
  const sight = differs.sight ?? SIGHT;
  const server = await serveDashboard({
    host: '127.0.0.1',
    port: 0,
    policy: { token: differs.token, hostNames: [] },
    lookout: {
      glance: async () => sight,
      watch: (topic, tell) => {
        const watcher = { topic, tell };
        watchers.push(watcher);
        tell(sight);
        return () => void watchers.splice(watchers.indexOf(watcher), 1);
      },
    },
    style: 'body{}',
    pageOf: (topic, { content }) => `${topic}: ${content}`,
    now: () => 7,
  });
  servers.push(server);
  const url = (path: string) => `http://127.0.0.1:${server.port}${path}`;
  const open = (path: string) =>
    new Promise<IncomingMessage>((resolve, reject) =>
      get(url(path), { agent: false }, resolve).on('error', reject),
    );
  return { server, watchers, url, open };
};

describe('the dashboard', () => {
  it.each([
    ['/', 200, 'overview: <p>all is well</p>', 'text/html; charset=utf-8'],
    ['/list/12', 200, '12: <p>all is well</p>', 'text/html; charset=utf-8'],
    ['/style.css', 200, 'body{}', 'text/css; charset=utf-8'],
    ['/nothing', 404, 'There is no such page.\n', 'text/plain; charset=utf-8'],
    ['/list/', 404, 'There is no such page.\n', 'text/plain; charset=utf-8'],
    ['/list/1x', 404, 'There is no such page.\n', 'text/plain; charset=utf-8'],
    ['/../etc/passwd', 404, 'There is no such page.\n', 'text/plain; charset=utf-8'],
  ])('answers %s with %i', async (path, status, text, type) => {
    const { url } = await start();

    const response = await fetch(url(path));

    expect(response.status).toBe(status);
    expect(await response.text()).toBe(text);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; .*frame-ancestors 'none'$/,
    );
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('says of a list that is not there that it is not', async () => {
    const { url } = await start({ sight: { ...SIGHT, content: undefined } });

    expect((await fetch(url('/list/12'))).status).toBe(404);
  });

  it('streams what is new, and the content only when it changed', async () => {
    const { open, watchers } = await start();
    const response = await open('/events/list/12');
    const first = await firstWordsOf(response);
    watchers[0]!.tell({ ...SIGHT, seenAt: 6 });
    const second = await firstWordsOf(response);
    response.destroy();

    expect(watchers[0]?.topic).toBe(12);
    expect(first).toBe(`data: {"now":7,"seenAt":5,"trouble":"","content":"${SIGHT.content}"}\n\n`);
    expect(second).toBe('data: {"now":7,"seenAt":6,"trouble":""}\n\n');
    await waitFor(() => watchers.length === 0, 'the viewer to be forgotten');
  });

  it('takes no more viewers than it can bear, and others again when some are gone', async () => {
    const { open, watchers } = await start();
    const streams: IncomingMessage[] = [];
    for (let viewer = 0; viewer < 48; viewer++) streams.push(await open('/events'));
    const refused = await open('/events');
    streams[0]!.destroy();
    await waitFor(() => watchers.length === 47, 'one viewer to be gone');
    const taken = await open('/events');

    expect(refused.statusCode).toBe(503);
    expect(refused.headers['retry-after']).toBe('5');
    expect(taken.statusCode).toBe(200);
  });

  it('keeps nothing of a viewer that asked for many streams at once and is gone', async () => {
    const { server, watchers, open } = await start();
    const greedy = connect(server.port, '127.0.0.1');
    greedy.write('GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(60));
    await once(greedy, 'data');
    greedy.destroy();
    await waitFor(() => watchers.length === 0, 'nobody watches');

    expect((await open('/events')).statusCode).toBe(200);
  });

  it('ends at once, with viewers on it', async () => {
    const { server, open, watchers } = await start();
    const response = await open('/events');
    const lost = new Promise((resolve) => response.on('close', resolve).on('error', () => {}));

    await server[Symbol.asyncDispose]();
    servers = [];

    await lost;
    expect(watchers).toEqual([]);
  });

  it('shows nothing without the token, not even style or script', async () => {
    const { url } = await start({ token: TOKEN });

    const answers = await Promise.all(
      ['/', '/events', '/style.css', '/live.js'].map((path) => fetch(url(path))),
    );

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect(await answers[0]!.text()).toMatch(/holds a token/);
  });

  it('leads whoever shows the token to the page without it', async () => {
    const { url } = await start({ token: TOKEN });

    const first = await fetch(url(`/list/12?token=${TOKEN}`), { redirect: 'manual' });
    const cookie = first.headers.get('set-cookie')!.split(';')[0]!;

    expect([first.status, first.headers.get('location')]).toEqual([303, '/list/12']);
    expect((await fetch(url('/list/12'), { headers: { cookie } })).status).toBe(200);
  });

  it('says so when its port is taken', async () => {
    const { server } = await start();
    const again = serveDashboard({
      host: '127.0.0.1',
      port: server.port,
      policy: { token: undefined, hostNames: [] },
      lookout: { glance: async () => SIGHT, watch: () => () => {} },
      style: '',
      pageOf: () => '',
      now: () => 0,
    });

    await expect(again).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/127\.0\.0\.1 port \d+ cannot be had: .*EADDRINUSE/) as string,
    });
  });
});

/** The next piece of a stream that goes on. */
function firstWordsOf(response: IncomingMessage): Promise<string> {
  return new Promise((resolve) => response.once('data', (chunk: Buffer) => resolve(String(chunk))));
}
