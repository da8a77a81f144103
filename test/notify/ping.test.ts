import { describe, expect, it } from 'vitest';
import { Pinger } from '../../src/notify/ping.ts';
import type { Sent } from '../../src/notify/send.ts';
import { startWebServer, status } from '../support/web-server.ts';

describe('Pinger', () => {
  const pingerFor = (url: string, now = () => 0) => {
    const failures: string[] = [];
    return { pinger: new Pinger({ url, now, failed: (sentence) => failures.push(sentence) }), failures };
  };

  it.each([
    { behind: '/0a1b', pings: ['/0a1b/start', '/0a1b/1'] },
    { behind: '/0a1b/', pings: ['/0a1b/start', '/0a1b/1'] },
    { behind: '/0a1b?create=1', pings: ['/0a1b/start?create=1', '/0a1b/1?create=1'] },
    { behind: '', pings: ['/start', '/1'] },
  ])('pings below $behind, the start before the end', async ({ behind, pings }) => {
    await using web = await startWebServer();
    const { pinger, failures } = pingerFor(`${web.origin}${behind}`);

    pinger.began();
    pinger.ended(1);
    await pinger.done();

    expect(web.heard.map(({ path }) => path)).toEqual(pings);
    expect(failures).toEqual([]);
  });

  it('tells once a minute that the cycle is alive', async () => {
    await using web = await startWebServer();
    let now = 0;
    const { pinger } = pingerFor(`${web.origin}/0a1b`, () => now);

    pinger.began();
    await pinger.done();
    for (now = 1_000; now <= 125_000; now += 1_000) {
      pinger.working();
      await pinger.done();
    }
    pinger.ended(0);
    await pinger.done();

    expect(web.heard.map(({ path }) => path)).toEqual(['/0a1b/start', '/0a1b', '/0a1b', '/0a1b/0']);
  });

  it('does not pile up pings behind one that is under way', async () => {
    let now = 0;
    const waiting: ((sent: Sent) => void)[] = [];
    const pinger = new Pinger({
      url: 'http://127.0.0.1/',
      now: () => now,
      failed: () => undefined,
      send: () => new Promise((resolve) => waiting.push(resolve)),
    });

    pinger.began();
    for (now = 60_000; now < 600_000; now += 60_000) pinger.working();
    await Promise.resolve();

    expect(waiting).toHaveLength(1);
    waiting[0]!({ type: 'taken' });
    await pinger.done();
    expect(waiting).toHaveLength(1);
  });

  it('tells of failures once, and never the secret in the URL', async () => {
    await using web = await startWebServer(status(503));
    const { pinger, failures } = pingerFor(`${web.origin}/s3cret?key=s3cret`);

    pinger.began();
    pinger.ended(0);
    await pinger.done();

    expect(web.heard).toHaveLength(2);
    expect(failures).toEqual([`the ping to ${web.origin}/*** was not taken: the answer was 503`]);
  });
});
