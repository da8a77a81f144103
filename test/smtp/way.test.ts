// How a host is reached: from which of our addresses, and through which proxy.

import { describe, expect, it } from 'vitest';
import { parseAddress, type Address } from '../../src/domain/address.ts';
import { conclude } from '../../src/domain/conclude.ts';
import type { ProxySetting } from '../../src/platform/proxy-setting.ts';
import { chooseProxy } from '../../src/smtp/choose-proxy.ts';
import {
  probeDestination,
  type DestinationSettings,
  type SettledRow,
} from '../../src/smtp/probe-destination.ts';
import { SocksServer, type ProxyFault } from '../support/socks-server.ts';
import { ScriptedHost, type Script } from './scripted-host.ts';

async function probe(
  port: number,
  way: Partial<DestinationSettings>,
  host = 'mx.example.net',
): Promise<SettledRow> {
  const rows: SettledRow[] = [];
  await probeDestination(
    {
      groups: [
        {
          domain: 'a.example',
          hosts: [{ name: host, ips: ['127.0.0.1'] }],
          addresses: [{ key: 1, address: parseAddress('real@a.example') as Address }],
          catchAll: 'no',
        },
      ],
      manners: { rcptsPerSession: 50, rcptsPerTransaction: 20, rejectedPerSession: 8 },
    },
    {
      ehloName: 'v1.verify.example.net',
      mailFrom: 'probe@verify.example.net',
      port,
      connectTimeoutMs: 2000,
      replyTimeoutMs: 2000,
      sessionDeadlineMs: 5000,
      controlKey: 'secret',
      lookup: () => Promise.resolve([]),
      ...way,
    },
    (row) => rows.push(row),
    new AbortController().signal,
  );
  expect(rows).toHaveLength(1);
  return rows[0]!;
}

const LOGIN = { user: 'svc', password: 'p@ss:word' };
const at = (port: number, login?: ProxySetting['login']): ProxySetting => ({
  host: '127.0.0.1',
  port,
  login,
});

describe('a local address', () => {
  it('is where the connection comes from', async () => {
    await using host = await ScriptedHost.listen();

    const { real } = await probe(host.port, { localAddress: '127.0.0.77' });

    expect(real).toMatchObject({ type: 'reply', reply: { code: 250 } });
    expect(host.clients).toEqual(['127.0.0.77']);
  });

  it('that is not ours is no word about the host: nobody is asked, and it is said what is wrong', async () => {
    await using host = await ScriptedHost.listen();

    await expect(
      probe(host.port, { localAddress: '192.0.2.1', sessionDeadlineMs: 20 }),
    ).rejects.toMatchObject({
      code: 'NO_CONNECTIONS',
      message: expect.stringMatching(/SMTP_LOCAL_ADDRESS is no address of this machine \(EADDRNOTAVAIL\)$/),
    });
  });
});

describe('a proxy', () => {
  it.each<{ name: string; login: ProxySetting['login']; script: Script }>([
    { name: 'open to all', login: undefined, script: {} },
    { name: 'with a password', login: LOGIN, script: {} },
    {
      name: 'before a host that demands TLS',
      login: LOGIN,
      script: {
        ehlo: '250-mx\n250 STARTTLS',
        mail: (_, nth) => (nth === 0 ? '530 5.7.0 Must issue a STARTTLS command first' : '250 ok'),
      },
    },
  ])(
    '($name) is given the checked address, and the host is spoken to through it',
    async ({ login, script }) => {
      await using host = await ScriptedHost.listen(script);
      await using proxy = await SocksServer.listen({ login });

      const { real, transcript } = await probe(host.port, { proxy: at(proxy.port, login) });

      expect(real).toMatchObject({ type: 'reply', stage: 'rcpt', host: 'mx.example.net', ip: '127.0.0.1' });
      expect(proxy.requests).toEqual([`ipv4 127.0.0.1:${host.port}`]);
      expect(transcript[0]).toBe(`→ mx.example.net[127.0.0.1]:${host.port} (through the proxy)`);
      expect(transcript.join('\n')).not.toContain('p@ss');
    },
  );

  it.each<{ name: string; fault: ProxyFault; detail: string }>([
    { name: 'is silent', fault: 'silent', detail: 'no connection in time' },
    { name: 'hangs up', fault: 'close', detail: 'connection closed' },
    { name: 'is none', fault: 'garbage', detail: 'Received invalid Socks5 initial handshake' },
    { name: 'takes no method of ours', fault: 'no-method', detail: 'no accepted authentication type' },
    { name: 'does not answer the request', fault: 'silent-connect', detail: 'no connection in time' },
    { name: 'was refused by the host', fault: { code: 5 }, detail: 'ConnectionRefused' },
    { name: 'does not find the host', fault: { code: 4 }, detail: 'HostUnreachable' },
    { name: 'does not allow it', fault: { code: 2 }, detail: 'NotAllowed' },
    { name: 'answers with a code of its own', fault: { code: 99 }, detail: 'rejected' },
  ])('that $name is unreachability, and the row waits', async ({ fault, detail }) => {
    await using host = await ScriptedHost.listen();
    await using proxy = await SocksServer.listen({ fault });

    const { real } = await probe(host.port, { proxy: at(proxy.port), connectTimeoutMs: 150 });

    expect(real).toMatchObject({ type: 'failure', stage: 'connect', failure: 'unreachable' });
    expect('detail' in real && real.detail).toMatch(/^proxy: /);
    expect('detail' in real && real.detail).toContain(detail);
    expect(conclude({ real })).toMatchObject({
      verdict: 'retry',
      reason: 'connection-failed',
      scope: 'host',
    });
    expect(host.sessions).toHaveLength(0);
  });

  it('that nobody runs is unreachability', async () => {
    const proxy = await SocksServer.listen();
    const { port } = proxy;
    await proxy[Symbol.asyncDispose]();

    const { real } = await probe(25, { proxy: at(port) });

    expect(real).toMatchObject({ failure: 'unreachable', stage: 'connect', detail: 'proxy: ECONNREFUSED' });
  });

  it('that does not know our password is unreachability, and the password is not told', async () => {
    await using proxy = await SocksServer.listen({ login: LOGIN });

    const { real, transcript } = await probe(25, { proxy: at(proxy.port, { ...LOGIN, password: 'wr0ng' }) });

    expect(real).toMatchObject({ failure: 'unreachable', detail: 'proxy: Socks5 Authentication failed' });
    expect(transcript.join('\n')).not.toContain('wr0ng');
  });

  it('leaves what the host does behind it the host’s own', async () => {
    await using host = await ScriptedHost.listen({ greeting: { end: 'close' } });
    await using proxy = await SocksServer.listen();

    const { real } = await probe(host.port, { proxy: at(proxy.port) });

    expect(real).toMatchObject({ failure: 'lost', stage: 'greeting' });
  });
});

describe('chooseProxy', () => {
  const everybodys = at(1);
  const googles = at(2);
  const proxies = { proxy: everybodys, proxyRoutes: { google: googles, yahoo: 'direct' } } as const;

  it.each([
    { host: 'gmail-smtp-in.l.google.com', chosen: googles },
    { host: 'mta7.am0.yahoodns.net', chosen: undefined },
    { host: 'mx.example.net', chosen: everybodys },
  ])('sends $host its provider’s way, or everybody’s', ({ host, chosen }) => {
    expect(chooseProxy(host, proxies)).toBe(chosen);
  });

  it('sends everybody directly where no proxy is set', () => {
    expect(chooseProxy('mx.example.net', {})).toBeUndefined();
  });
});
