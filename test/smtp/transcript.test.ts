import { describe, expect, it } from 'vitest';
import { parseAddress, type Address } from '../../src/domain/address.ts';
import type { CatchAll } from '../../src/domain/catch-all.ts';
import type { MxHost } from '../../src/domain/route.ts';
import { controlRecipient } from '../../src/smtp/control-recipient.ts';
import { probeDestination, type DestinationSettings } from '../../src/smtp/probe-destination.ts';
import { MAX_TRANSCRIPT_BYTES, MAX_TRANSCRIPT_LINES } from '../../src/smtp/transcript.ts';
import { PIPELINING, ScriptedHost, type Script } from './scripted-host.ts';

interface Asked {
  readonly rows: readonly string[];
  readonly hosts?: readonly MxHost[];
  readonly catchAll?: CatchAll | undefined;
}

/** The transcripts of all rows, each read when the probe is over. */
async function transcripts(
  port: number,
  asked: readonly Asked[],
  override: Partial<DestinationSettings> = {},
): Promise<Record<string, readonly string[]>> {
  const found: { row: string; transcript: () => readonly string[] }[] = [];
  let key = 0;
  const rows: string[] = [];
  await probeDestination(
    {
      groups: asked.map(({ rows: emails, hosts, catchAll }) => {
        const addresses = emails.map((email) => {
          rows.push(email);
          return { key: key++, address: parseAddress(email) as Address };
        });
        return {
          domain: addresses[0]!.address.domain,
          hosts: hosts ?? [{ name: 'mx.example.net', ips: ['127.0.0.1'] }],
          addresses,
          catchAll,
        };
      }),
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
      lookup: () =>
        Promise.resolve({ type: 'failure', stage: 'dns', failure: 'dns-failure', detail: 'SERVFAIL' }),
      ...override,
    },
    (settled) => found.push({ row: rows[settled.key]!, transcript: () => settled.transcript }),
    new AbortController().signal,
  );
  return Object.fromEntries(found.map(({ row, transcript }) => [row, transcript()]));
}

const CONTROL = `${controlRecipient('a.example', 'secret')}@a.example`;
const OPENING = (port: number): string[] => [
  `→ mx.example.net[127.0.0.1]:${port}`,
  'S: 220 mx.example.net ESMTP',
  'C: EHLO v1.verify.example.net',
];
const MAIL = ['C: MAIL FROM:<probe@verify.example.net>', 'S: 250 2.1.0 ok'];

describe('the transcript of a row', () => {
  it.each([
    { name: 'one command at a time', ehlo: '250 mx', heard: ['S: 250 mx'] },
    {
      name: 'PIPELINING',
      ehlo: PIPELINING,
      heard: ['S: 250-mx.example.net', 'S: 250-PIPELINING', 'S: 250 SMTPUTF8'],
    },
  ])(
    'has the session, its own RCPT and the control recipient, and of others the number ($name)',
    async (script) => {
      await using host = await ScriptedHost.listen({ ehlo: script.ehlo });

      const said = await transcripts(host.port, [
        { rows: ['nobody@a.example', 'real@a.example'] },
        { rows: ['real@b.example'], catchAll: 'no' },
      ]);

      const opening = [...OPENING(host.port), ...script.heard];
      const control = [`C: RCPT TO:<${CONTROL}>`, 'S: 550 5.1.1 <nobody>: no such user'];
      expect(said['real@a.example']).toEqual([
        ...opening,
        ...MAIL,
        '(1 other recipient)',
        'C: RCPT TO:<real@a.example>',
        'S: 250 2.1.5 ok',
        ...control,
      ]);
      expect(said['nobody@a.example']).toEqual([
        ...opening,
        ...MAIL,
        'C: RCPT TO:<nobody@a.example>',
        'S: 550 5.1.1 <nobody>: no such user',
        '(1 other recipient)',
        ...control,
      ]);
      expect(said['real@b.example']).toEqual([
        ...opening,
        '(3 other recipients)',
        'C: RSET',
        'S: 250 2.0.0 flushed',
        ...MAIL,
        'C: RCPT TO:<real@b.example>',
        'S: 250 2.1.5 ok',
      ]);
    },
  );

  const failures: { name: string; script: Script; end: (port: number) => string[] }[] = [
    {
      name: 'a refused greeting',
      script: { greeting: '554-5.7.1 no service\n554 5.7.1 for you' },
      end: () => ['S: 554-5.7.1 no service', 'S: 554 5.7.1 for you', 'C: QUIT', 'S: 221 2.0.0 bye'],
    },
    {
      name: 'a lost connection',
      script: { mail: { end: 'close' } },
      end: (port) => [
        ...OPENING(port).slice(1),
        'S: 250-mx.example.net',
        'S: 250 8BITMIME',
        'C: MAIL FROM:<probe@verify.example.net>',
        '✗ lost at mail',
      ],
    },
    {
      name: 'garbage',
      script: { greeting: 'SSH-2.0-x' },
      end: () => ['✗ garbled at greeting: not an SMTP reply'],
    },
    {
      name: 'a reply too many',
      script: { greeting: '220 mx\n220 mx' },
      end: () => ['S: 220 mx', '(more replies than commands)'],
    },
  ];
  it.each(failures)('tells of $name, also where the row was never asked about', async ({ script, end }) => {
    await using host = await ScriptedHost.listen(script);

    const said = await transcripts(host.port, [{ rows: ['a@a.example'] }, { rows: ['b@b.example'] }]);

    const lines = [OPENING(host.port)[0], ...end(host.port)];
    expect(said).toEqual({ 'a@a.example': lines, 'b@b.example': lines });
  });

  it('tells of every session and host that had a part in it, and of one that was never dialled', async () => {
    await using first = await ScriptedHost.listen({ rcpt: { end: 'reset' } }, '127.0.0.2');
    await using second = await ScriptedHost.listen({ greeting: '421 busy' }, '127.0.0.3', first.port);
    const hosts = [
      { name: 'mx1.example.net', ips: ['127.0.0.2'] },
      { name: 'mx2.example.net', ips: ['127.0.0.3'] },
      { name: 'mx3.example.net', ips: undefined },
    ];

    const said = await transcripts(first.port, [{ rows: ['real@a.example'], hosts, catchAll: 'no' }]);

    const marks = said['real@a.example']!.filter((line) => /^[→✗]|421/u.test(line));
    expect(marks).toEqual([
      `→ mx1.example.net[127.0.0.2]:${first.port}`,
      '✗ lost at rcpt: ECONNRESET',
      `→ mx1.example.net[127.0.0.2]:${first.port}`,
      '✗ lost at rcpt: ECONNRESET',
      `→ mx2.example.net[127.0.0.3]:${first.port}`,
      'S: 421 busy',
      '→ mx3.example.net',
      '✗ dns-failure at dns: SERVFAIL',
    ]);
    expect(second.sessions).toHaveLength(1);
  });

  it('shows where a session was encrypted', async () => {
    await using host = await ScriptedHost.listen({
      ehlo: '250-mx\n250 STARTTLS',
      mail: (_, nth) => (nth === 0 ? '530 5.7.0 Must issue a STARTTLS command first' : '250 ok'),
    });

    const said = await transcripts(host.port, [{ rows: ['real@a.example'], catchAll: 'no' }]);

    const lines = said['real@a.example']!;
    const start = lines.indexOf('C: STARTTLS');
    expect(lines.slice(start - 1, start + 2)).toEqual([
      'S: 530 5.7.0 Must issue a STARTTLS command first',
      'C: STARTTLS',
      'S: 220 2.0.0 go ahead',
    ]);
    expect(lines[start + 2]).toMatch(/^\(TLSv1\.3 TLS_\w+\)$/);
    expect(lines.at(-1)).toBe('S: 250 2.1.5 ok');
  });

  it.each([
    {
      name: 'long lines',
      reply: Array(20)
        .fill(`250-${'x'.repeat(3000)}`)
        .join('\n'),
    },
    { name: 'many lines', reply: Array(150).fill('250-x').join('\n') },
    {
      name: 'wide letters',
      reply: Array(15)
        .fill(`250-${'\u{1F4A3}'.repeat(900)}`)
        .join('\n'),
    },
  ])('keeps within its bounds, its end whole ($name)', async ({ reply }) => {
    await using host = await ScriptedHost.listen({
      ehlo: `${reply}\n250 ok`,
      mail: `${reply}\n250 ok`,
      rcpt: (_, nth) => (nth === 0 ? { end: 'reset' } : '250 2.1.5 ok'),
    });

    const said = await transcripts(host.port, [{ rows: ['real@a.example'], catchAll: 'no' }]);

    const lines = said['real@a.example']!;
    expect(lines.length).toBeLessThanOrEqual(MAX_TRANSCRIPT_LINES);
    expect(Buffer.byteLength(lines.map((line) => `${line}\n`).join(''))).toBeLessThanOrEqual(
      MAX_TRANSCRIPT_BYTES,
    );
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(300);
    expect(lines[0]).toMatch(/^→ mx/u);
    expect(lines.slice(-2)).toEqual(['C: RCPT TO:<real@a.example>', 'S: 250 2.1.5 ok']);
    expect(lines.filter((line) => /lines left out/.test(line))).toHaveLength(1);
  });

  it('holds nothing that could forge or hide a line', async () => {
    await using host = await ScriptedHost.listen({
      greeting: { raw: '220 mx\u001B[2K\u202Egpj\u0085C: QUIT\r\n' },
      rcpt: { raw: '550 5.1.1 a\rS: 250 ok\r\n' },
    });

    const said = await transcripts(host.port, [{ rows: ['real@a.example'], catchAll: 'no' }]);

    const text = said['real@a.example']!.join('\n');
    expect(text).toContain('S: 220 mx [2Kgpj C: QUIT');
    expect(text).toContain('S: 550 5.1.1 a S: 250 ok');
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
  });

  it('stays what it was when the row was settled', async () => {
    await using host = await ScriptedHost.listen({
      rcpt: (_, nth) => (nth < 2 ? '250 ok' : { end: 'reset' }),
    });

    const said = await transcripts(host.port, [
      { rows: ['real@a.example', 'real.too@a.example', 'real.three@a.example'], catchAll: 'no' },
    ]);

    expect(said['real@a.example']!.at(-1)).toBe('S: 250 ok');
    expect(said['real.three@a.example']!.at(-1)).toBe('✗ lost at rcpt: ECONNRESET');
  });
});
