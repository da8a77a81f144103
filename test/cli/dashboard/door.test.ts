// Who may look at the dashboard.

import { describe, expect, it } from 'vitest';
import { type Caller, decide } from '../../../src/cli/dashboard/door.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const caller = (differs: Partial<Caller> = {}): Caller => ({
  method: 'GET',
  url: '/',
  host: '127.0.0.1:8725',
  cookie: undefined,
  authorization: undefined,
  ...differs,
});
const CLOSED = { token: undefined, hostNames: ['server1'] };
const OPEN = { token: TOKEN, hostNames: ['server1'] };

describe('the door', () => {
  it.each(['127.0.0.1:8725', 'localhost:9000', 'LOCALHOST', '[::1]:8725', '192.0.2.7', 'Server1:8725'])(
    'lets in whoever calls us %s',
    (host) => {
      expect(decide(caller({ host }), CLOSED)).toEqual({ type: 'enter', path: '/' });
    },
  );

  it.each([
    'evil.example',
    'evil.example:8725',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '',
    'x:y',
    undefined,
  ])('keeps out a page that calls us %s', (host) => {
    expect(decide(caller({ host }), CLOSED)).toMatchObject({ type: 'refuse', status: 421 });
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])('takes no %s', (method) => {
    expect(decide(caller({ method }), CLOSED)).toMatchObject({ type: 'refuse', status: 405 });
  });

  it.each(['http://evil.example/', '//evil.example/', '', '*'])('does not read the address %j', (url) => {
    expect(decide(caller({ url }), CLOSED)).toMatchObject({ type: 'refuse', status: 400 });
  });

  it.each([
    {},
    { url: '/?token=wrong' },
    { url: `/?token=${TOKEN}x` },
    { cookie: `dashboard=${TOKEN}` },
    { cookie: 'dashboard=' },
    { authorization: 'Bearer wrong' },
    { authorization: `Basic ${TOKEN}` },
  ])('wants the token where it needs one: %j', (differs) => {
    expect(decide(caller(differs), OPEN)).toMatchObject({ type: 'refuse', status: 401 });
  });

  it('takes the token once in the address, and then the cookie that it gave for it', () => {
    const first = decide(caller({ url: `/list/12?token=${TOKEN}` }), OPEN);
    if (first.type !== 'welcome') throw new Error(`was ${first.type}`);
    const [cookie] = first.cookie.split(';');

    expect(first.path).toBe('/list/12');
    expect(first.cookie).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
    expect(first.cookie).not.toContain(TOKEN);
    expect(decide(caller({ cookie: `other=1; ${cookie!}` }), OPEN)).toEqual({ type: 'enter', path: '/' });
  });

  it('takes the token as a bearer', () => {
    expect(decide(caller({ authorization: `Bearer ${TOKEN}` }), OPEN)).toEqual({ type: 'enter', path: '/' });
  });

  it('leads nobody elsewhere', () => {
    expect(decide(caller({ url: `/\\evil.example?token=${TOKEN}` }), OPEN)).toMatchObject({ status: 400 });
  });
});
