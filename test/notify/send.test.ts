import { describe, expect, it } from 'vitest';
import { send } from '../../src/notify/send.ts';
import { maskUrl, readHttpUrl } from '../../src/platform/url-setting.ts';
import { silence, startWebServer, status } from '../support/web-server.ts';

describe('send', () => {
  it('brings method, headers and body, and names itself', async () => {
    await using web = await startWebServer();

    const sent = await send({
      url: `${web.origin}/in?x=1`,
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"é":1}',
    });

    expect(sent).toEqual({ type: 'taken' });
    expect(web.heard).toMatchObject([{ method: 'POST', path: '/in?x=1', body: '{"é":1}' }]);
    expect(web.heard[0]!.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': '8',
      'user-agent': 'smtp-validate-cron',
    });
  });

  it.each([
    { code: 204, sent: { type: 'taken' } },
    { code: 500, sent: { type: 'not-taken', why: 'the answer was 500' } },
    { code: 404, sent: { type: 'not-taken', why: 'the answer was 404' } },
  ])('judges by the status: $code', async ({ code, sent }) => {
    await using web = await startWebServer(status(code));

    expect(await send({ url: web.origin, method: 'GET' })).toEqual(sent);
  });

  it('follows no redirect', async () => {
    await using elsewhere = await startWebServer();
    await using web = await startWebServer(status(302, { Location: elsewhere.origin }));

    const sent = await send({ url: web.origin, method: 'GET' });

    expect(sent).toEqual({
      type: 'not-taken',
      why: 'the answer was 302, and redirects are not followed',
    });
    expect(elsewhere.heard).toEqual([]);
  });

  it('waits no longer than it may for a server that is silent', async () => {
    await using web = await startWebServer(silence);

    const sent = await send({ url: web.origin, method: 'GET' }, 100);

    expect(sent).toEqual({ type: 'not-taken', why: 'no answer within 0.1 s' });
  });

  it('does not wait for the end of an answer', async () => {
    await using web = await startWebServer((_, response) => void response.writeHead(200).write('and so on'));

    expect(await send({ url: web.origin, method: 'GET' })).toEqual({ type: 'taken' });
  });

  it('names what the system says of a port that nobody listens at', async () => {
    const web = await startWebServer();
    await web[Symbol.asyncDispose]();

    expect(await send({ url: `${web.origin}/secret`, method: 'GET' })).toEqual({
      type: 'not-taken',
      why: 'ECONNREFUSED',
    });
  });

  it('notices what is no HTTPS', async () => {
    await using web = await startWebServer();

    const sent = await send({ url: web.origin.replace('http:', 'https:'), method: 'GET' });

    expect(sent).toMatchObject({ type: 'not-taken', why: expect.stringMatching(/^E[A-Z_]+$/) as string });
  });
});

describe('a URL of the operator', () => {
  it.each([
    ['https://hc-ping.com/0a1b', 'https://hc-ping.com/0a1b'],
    ['HTTP://Host:8080', 'http://host:8080/'],
    ['ftp://host/x', undefined],
    ['host/x', undefined],
    ['http://', undefined],
    ['https://host/x#y', undefined],
  ])('is read: %s', (text, url) => {
    expect(readHttpUrl(text)).toBe(url);
  });

  it.each([
    ['https://hc-ping.com/0a1b?rid=2', 'https://hc-ping.com/***'],
    ['https://ann:secret@hc.example:8443/x', 'https://***@hc.example:8443/***'],
    ['http://127.0.0.1:9000/', 'http://127.0.0.1:9000'],
    ['http://127.0.0.1/?token=1', 'http://127.0.0.1/***'],
    ['secret', '***'],
  ])('is shown without its secrets: %s', (text, shown) => {
    expect(maskUrl(text)).toBe(shown);
  });
});
