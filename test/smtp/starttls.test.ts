import { describe, expect, it } from 'vitest';
import type { MxHost } from '../../src/domain/route.ts';
import { probeDestination, type DestinationSettings } from '../../src/smtp/probe-destination.ts';
import { parseAddress, type Address } from '../../src/domain/address.ts';
import { startMxHost } from '../support/internet/mx-host.ts';
import { ScriptedHost, SILENCE, type Deed, type Script } from './scripted-host.ts';

const OFFERS = '250-mx.example.net\n250-PIPELINING\n250 STARTTLS';
const DEMAND = '530 5.7.0 Must issue a STARTTLS command first';
const HELLO = 'EHLO v1.verify.example.net';
const MAIL = 'MAIL FROM:<probe@verify.example.net>';

interface Probing {
  readonly rows: readonly string[];
  readonly host?: MxHost;
  readonly override?: Partial<DestinationSettings>;
  readonly rcptsPerSession?: number;
}

async function probe(port: number, { rows, host, override, rcptsPerSession = 50 }: Probing) {
  const found: Record<string, string> = {};
  await probeDestination(
    {
      groups: [
        {
          domain: 'a.example',
          hosts: [host ?? { name: 'mx.example.net', ips: ['127.0.0.1'] }],
          addresses: rows.map((row, key) => ({ key, address: parseAddress(`${row}@a.example`) as Address })),
          catchAll: 'no',
        },
      ],
      manners: { rcptsPerSession, rcptsPerTransaction: 20, rejectedPerSession: 8 },
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
      ...override,
    },
    ({ key, real }) => {
      const words = real.type === 'reply' ? `${real.reply.code} ${real.reply.text}` : 'no reply';
      found[rows[key]!] = real.type === 'smtputf8-unsupported' ? real.type : `${real.stage} ${words}`;
    },
    new AbortController().signal,
  );
  return found;
}

/** Demands TLS at MAIL in a session that has none. */
const demanding = (consent = '220 go\r\n', script: Script = {}): Script => {
  let isSecure = false;
  return {
    greeting: () => ((isSecure = false), '220 mx'),
    ehlo: OFFERS,
    starttls: () => ((isSecure = true), { startTls: consent }),
    mail: () => (isSecure ? '250 ok' : DEMAND),
    rcpt: (line) =>
      !isSecure ? '503 need MAIL' : line.includes('real') ? '250 ok' : '550 5.1.1 no such user',
    ...script,
  };
};

describe('a host that demands TLS', () => {
  it('is spoken to under TLS in the same session, for its own name', async () => {
    await using host = await ScriptedHost.listen(demanding());

    const found = await probe(host.port, { rows: ['real', 'nobody'] });

    await host.quiet();
    expect(found).toEqual({ real: 'rcpt 250 ok', nobody: 'rcpt 550 5.1.1 no such user' });
    const transaction = [MAIL, 'RCPT TO:<real@a.example>', 'RCPT TO:<nobody@a.example>'];
    expect(host.sessions).toEqual([[HELLO, ...transaction, 'STARTTLS', HELLO, ...transaction, 'QUIT']]);
    expect(host.tlsNames).toEqual(['mx.example.net']);
  });

  it('is spoken to under TLS from EHLO on, once that is known', async () => {
    await using host = await ScriptedHost.listen(demanding());

    const found = await probe(host.port, { rows: ['real.0', 'real.1', 'real.2'], rcptsPerSession: 1 });

    await host.quiet();
    expect(Object.values(found)).toEqual(Array(3).fill('rcpt 250 ok'));
    const atOnce = [HELLO, 'STARTTLS', HELLO, MAIL];
    expect(host.sessions.slice(1).map((session) => session.slice(0, 4))).toEqual([atOnce, atOnce]);
  });

  it('is given no name in the handshake when it has none but its address', async () => {
    await using host = await ScriptedHost.listen(demanding());

    await probe(host.port, { rows: ['real'], host: { name: '127.0.0.1', ips: ['127.0.0.1'] } });

    expect(host.tlsNames).toEqual([false]);
  });

  it('by the laboratory is satisfied', async () => {
    await using host = await startMxHost({ startTls: 'required', mailboxes: { real: '250 2.1.5 Ok' } });

    const found = await probe(host.port, { rows: ['real'] });

    expect(found).toEqual({ real: 'rcpt 250 2.1.5 Ok' });
  });

  it('and hangs up when it is told no better is dialled again, under TLS from EHLO on', async () => {
    await using host = await ScriptedHost.listen(
      demanding(undefined, {
        rcpt: (line, nth) =>
          nth === 0 ? { end: 'close' } : line.includes('real') ? '250 ok' : '550 5.1.1 no such user',
      }),
    );

    const found = await probe(host.port, { rows: ['real'] });

    expect(found).toEqual({ real: 'rcpt 250 ok' });
    expect(host.sessions[1]?.slice(0, 2)).toEqual([HELLO, 'STARTTLS']);
  });

  it.each<{ name: string; starttls: Deed }>([
    { name: 'a close', starttls: { end: 'close' } },
    { name: 'a reset', starttls: { end: 'reset' } },
    { name: 'silence', starttls: SILENCE },
    { name: 'silence behind its consent', starttls: '220 go' },
    { name: 'a close behind its consent', starttls: { end: 'close', saying: '220 go' } },
    { name: 'SMTP in the clear', starttls: '220 go\n250 mx\n250 ok' },
    { name: 'what is no TLS', starttls: { drip: 'HTTP/1.1 400 Bad Request\r\n\r\n', everyMs: 2 } },
  ])(
    'but cannot do it ($name) is asked once more in the clear, and its refusal stands',
    async ({ starttls }) => {
      await using host = await ScriptedHost.listen({ ehlo: OFFERS, mail: DEMAND, rcpt: '503 no', starttls });

      const found = await probe(host.port, { rows: ['real', 'nobody'], override: { replyTimeoutMs: 100 } });

      await host.quiet();
      expect(found).toEqual({ real: `mail ${DEMAND}`, nobody: `mail ${DEMAND}` });
      expect(host.sessions.map((session) => session.filter((line) => line === 'STARTTLS').length)).toEqual([
        1, 0,
      ]);
    },
  );

  it('in the clear after all is heard', async () => {
    await using host = await ScriptedHost.listen({
      ehlo: OFFERS,
      starttls: { end: 'reset' },
      mail: (_, nth) => (nth === 0 ? DEMAND : '250 ok'),
      rcpt: (_, nth) => (nth === 0 ? '503 no' : '250 ok'),
    });

    expect(await probe(host.port, { rows: ['real'] })).toEqual({ real: 'rcpt 250 ok' });
  });
});

describe('what is put before the TLS handshake', () => {
  it.each([
    { name: 'whole replies', injected: '250-mx\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n250 ok\r\n250 ok\r\n' },
    { name: 'half a line', injected: '250 mx, and ' },
    { name: 'no SMTP at all', injected: 'GET / HTTP/1.1\r\n' },
    { name: 'a NUL', injected: '250 o\0k\r\n' },
    { name: 'a long line', injected: '2'.repeat(10_000) },
  ])('counts for nothing ($name)', async ({ injected }) => {
    await using host = await ScriptedHost.listen(demanding(`220 go\r\n${injected}`));

    const found = await probe(host.port, { rows: ['nobody'] });

    expect(found).toEqual({ nobody: 'rcpt 550 5.1.1 no such user' });
    expect(host.sessions).toHaveLength(1);
  });
});
