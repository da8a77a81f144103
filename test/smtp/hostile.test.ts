// The hostile lab: whatever a server does, no living mailbox is called dead and no dead one living, no session outlasts
// its deadline, what is kept of it stays small, and nobody else's answers suffer.

import { describe, expect, it } from 'vitest';
import { parseAddress, type Address } from '../../src/domain/address.ts';
import { conclude } from '../../src/domain/conclude.ts';
import type { Reason } from '../../src/domain/reason.ts';
import type { MxHost } from '../../src/domain/route.ts';
import {
  probeDestination,
  type DestinationSettings,
  type SettledRow,
} from '../../src/smtp/probe-destination.ts';
import { MAX_REPLY_BYTES } from '../../src/smtp/reply-reader.ts';
import { Router } from '../../src/smtp/resolve-route.ts';
import { MAX_TRANSCRIPT_BYTES, MAX_TRANSCRIPT_LINES } from '../../src/smtp/transcript.ts';
import { a, cname, mx, ScriptedDns, type Zone } from './scripted-dns.ts';
import { PIPELINING, ScriptedHost, SILENCE, type Deed, type Script } from './scripted-host.ts';

const HOSTILE: MxHost = { name: 'mx.hostile.example', ips: ['127.0.0.2'] };
const HONEST: MxHost = { name: 'mx.honest.example', ips: ['127.0.0.3'] };
const DEADLINE_MS = 700;
const GRACE_MS = 1500; // a second for the goodbye, and what a busy machine takes
/** What the kernel's buffers may take of a flood that we stop reading, in some sessions. */
const MAX_TAKEN_BYTES = 48 * 1024 * 1024;
const NO_SUCH_USER = '550 5.1.1 no such user';

const settingsFor = (port: number): DestinationSettings => ({
  ehloName: 'v1.verify.example.net',
  mailFrom: 'probe@verify.example.net',
  port,
  connectTimeoutMs: 2000,
  replyTimeoutMs: 200,
  sessionDeadlineMs: DEADLINE_MS,
  controlKey: 'secret',
  lookup: () => Promise.resolve([]),
});

/** What a row of the given address comes to. */
interface Outcome {
  readonly address: string;
  readonly verdict: string;
  readonly reason: Reason;
  readonly row: SettledRow;
}

/** Probes rows of a domain at the hostile host, then one of a domain at the honest one, in the same job. */
async function attack(hostile: Script, rows: readonly string[], rcptsPerTransaction = 20) {
  await using host = await ScriptedHost.listen(hostile, '127.0.0.2');
  await using honest = await ScriptedHost.listen({}, '127.0.0.3', host.port);
  const addresses = [...rows.map((row) => `${row}@a.example`), 'real@b.example'];
  const asked = addresses.map((text, key) => ({ key, address: parseAddress(text) as Address }));
  const outcomes: Outcome[] = [];
  const unstarted = await probeDestination(
    {
      groups: [
        { domain: 'a.example', hosts: [HOSTILE], addresses: asked.slice(0, -1), catchAll: undefined },
        { domain: 'b.example', hosts: [HONEST], addresses: asked.slice(-1), catchAll: undefined },
      ],
      manners: { rcptsPerSession: 50, rcptsPerTransaction, rejectedPerSession: 8 },
    },
    settingsFor(host.port),
    (row) => {
      const address = addresses[row.key]!;
      const identity = {
        recipient: address,
        sender: 'probe@verify.example.net',
        ehloName: 'v1.verify.example.net',
      };
      const { verdict, reason } = conclude({ real: row.real, control: row.control, identity });
      outcomes.push({ address, verdict, reason, row });
    },
    new AbortController().signal,
  );
  await host.quiet();
  return { outcomes, unstarted, host, honest };
}

/** What holds whatever the host does. */
function expectHarmless(
  { outcomes, unstarted, host }: Awaited<ReturnType<typeof attack>>,
  rows: number,
): void {
  expect([outcomes.length, unstarted]).toEqual([rows + 1, []]);
  for (const { address, verdict } of outcomes) {
    if (address.startsWith('real')) expect(['valid', 'catch-all', 'retry', 'unknown']).toContain(verdict);
    else expect(['invalid', 'catch-all', 'retry', 'unknown']).toContain(verdict);
  }
  expect(outcomes.find(({ address }) => address.endsWith('@b.example'))?.verdict).toBe('valid');
  expect(host.longest).toBeLessThan(DEADLINE_MS + GRACE_MS);
  expect(host.taken).toBeLessThan(MAX_TAKEN_BYTES);
  for (const { row } of outcomes) {
    const { real, transcript } = row;
    if (real.type === 'reply')
      expect(Buffer.byteLength(real.reply.text)).toBeLessThanOrEqual(MAX_REPLY_BYTES);
    expect(transcript.length).toBeLessThanOrEqual(MAX_TRANSCRIPT_LINES);
    expect(Buffer.byteLength(transcript.join('\n'))).toBeLessThanOrEqual(MAX_TRANSCRIPT_BYTES);
    expect(transcript.join('')).not.toMatch(/\p{Cc}/u);
  }
}

const DEEDS: Readonly<Record<string, Deed>> = {
  'is silent': SILENCE,
  'closes the connection': { end: 'close' },
  'closes its half': { end: 'half-close' },
  'closes its half in the middle of a line': { end: 'half-close', saying: '250-mx' },
  'resets the connection': { end: 'reset' },
  'sends half a line': { raw: '250 o' },
  'ends its line with CR alone': { raw: '250 ok\r' },
  'drips an endless line, a byte at a time': { drip: '2', everyMs: 5 },
  'drips an endless reply': { drip: '250-ok\r\n', everyMs: 1 },
  'sends a NUL': { raw: '250 o\0k\r\n' },
  'sends a line of 1 MB': { raw: `250 ${'x'.repeat(1 << 20)}\r\n` },
  'sends endless lines': { flood: '250-ok\r\n'.repeat(1000) },
  'sends an endless line': { flood: '2'.repeat(64 * 1024) },
  'sends an endless stream of replies': { flood: '250 ok\r\n'.repeat(1000) },
  'sends an empty line': { raw: '\r\n' },
  'speaks HTTP': 'HTTP/1.1 400 Bad Request',
  'sends bytes of no meaning': { raw: Buffer.from([0x16, 0x03, 0x01, 0xff, 0xfe, 0x0a, 0x80]) },
  'gives two codes in one reply': '250-ok\n550 5.1.1 no such user',
  'replies twice': '250 ok\n250 ok',
  'replies to what was not asked yet': '250 ok\n250 ok\n250 ok\n250 ok\n250 ok\n250 ok\n250 ok',
  'refuses what was not asked yet': `250 ok\n${NO_SUCH_USER}\n${NO_SUCH_USER}`,
  'says no such user': NO_SUCH_USER,
  'says 421 no such user': { end: 'close', saying: '421 5.1.1 no such user' },
  'asks for more': '354 go on',
  'gives an unknown code': '299 well',
  'gives a code of no class': '650 well',
};

/** What a host may do at RCPT and mean: it is its answer, true or not. */
const ANSWERS_AT_RCPT: ReadonlySet<string> = new Set(['says no such user', 'gives an unknown code']);

const ROWS = ['real', 'nobody', 'real.too', 'nobody.2'];
const OFFERS_TLS = '250-mx\n250-PIPELINING\n250 STARTTLS';
const DEMANDS_TLS: Script = {
  ehlo: OFFERS_TLS,
  mail: '530 5.7.0 Must issue a STARTTLS command first',
  rcpt: '503 no',
};

describe.each(['greeting', 'ehlo', 'starttls', 'mail', 'rcpt', 'rset', 'quit'] as const)(
  'a host that, at %s,',
  (stage) => {
    const isAnswer = (name: string): boolean => stage === 'rcpt' && ANSWERS_AT_RCPT.has(name);
    const deeds = Object.entries(DEEDS).filter(([name]) => !isAnswer(name));

    it.each(deeds)('%s harms nobody', async (_, deed) => {
      const scripts = ['250 mx', PIPELINING].map((ehlo): Script => {
        const around = stage === 'starttls' ? DEMANDS_TLS : { ehlo };
        return { ...around, [stage]: deed };
      });

      const attacks = await Promise.all(
        scripts.map((script) => attack(script, ROWS, stage === 'rset' ? 1 : undefined)),
      );

      for (const attacked of attacks) expectHarmless(attacked, ROWS.length);
    });
  },
);

/** An honest host but for its nth answer to RCPT. */
const onceAt =
  (nth: number, deed: Deed) =>
  (line: string, place: number): Deed =>
    place === nth ? deed : line.includes('real') ? '250 2.1.5 ok' : NO_SUCH_USER;

const inBytes = (text: string): Deed => ({ drip: text, everyMs: 1 });

describe.each(Object.entries(DEEDS).filter(([name]) => !ANSWERS_AT_RCPT.has(name)))(
  'a host that, once, in answer to RCPT, %s',
  (_, deed) => {
    it.each([{ ehlo: '250 mx' }, { ehlo: PIPELINING }])('harms nobody ($ehlo)', async ({ ehlo }) => {
      expectHarmless(await attack({ ehlo, rcpt: onceAt(1, deed) }, ROWS), ROWS.length);
    });
  },
);

describe('a refusal before RCPT', () => {
  it.each(['greeting', 'ehlo', 'mail'] as const)(
    'at %s says nothing of a mailbox, whatever its words',
    async (stage) => {
      const { outcomes } = await attack(
        { ehlo: PIPELINING, helo: '550 5.1.1 User unknown', [stage]: '550 5.1.1 User unknown' },
        ROWS,
      );

      const verdicts = outcomes
        .filter(({ address }) => address.endsWith('@a.example'))
        .map(({ verdict }) => verdict);
      expect(verdicts.filter((verdict) => verdict !== 'unknown' && verdict !== 'retry')).toEqual([]);
    },
  );
});

describe('a host that is only odd is understood: it', () => {
  const odd: { name: string; script: Script }[] = [
    {
      name: 'ends lines with LF alone',
      script: { greeting: { raw: '220 mx\n' }, ehlo: { raw: '250-mx\n250 SIZE\n' } },
    },
    { name: 'greets at length', script: { greeting: '220-mx\n220-no spam\n220 please' } },
    { name: 'knows HELO only', script: { ehlo: '502 5.5.1 unknown command' } },
    {
      name: 'hangs up when it is told EHLO',
      script: { ehlo: { end: 'close', saying: '500 5.5.1 unknown command' } },
    },
    { name: 'gives codes alone', script: { greeting: { raw: '220\r\n' }, ehlo: { raw: '250\r\n' } } },
    { name: 'splits UTF-8', script: { ehlo: { raw: Buffer.from('250 grüße\r\n') } } },
    {
      name: 'writes in no known character set',
      script: { ehlo: { raw: Buffer.from('250 gr\u00FC\u00DFe\r\n', 'latin1') } },
    },
    { name: 'writes long lines', script: { ehlo: `250-mx\n250 ${'x'.repeat(4000)}` } },
    { name: 'writes many lines', script: { ehlo: `${'250-x\n'.repeat(190)}250 x` } },
    {
      name: 'names malformed limits',
      script: { ehlo: '250-mx\n250-LIMITS RCPTMAX=0 MAILMAX=-1 =\n250 PIPELINING' },
    },
    { name: 'says nothing at QUIT', script: { quit: SILENCE } },
    { name: 'resets at QUIT', script: { quit: { end: 'reset' } } },
  ];

  it.each(odd)('$name', async ({ script }) => {
    const { outcomes } = await attack(script, ['nobody', 'real']);

    expect(Object.fromEntries(outcomes.map(({ address, verdict }) => [address, verdict]))).toEqual({
      'nobody@a.example': 'invalid',
      'real@a.example': 'valid',
      'real@b.example': 'valid',
    });
  });

  it('sends a byte at a time', async () => {
    const { outcomes } = await attack(
      { rcpt: (line) => inBytes(line.includes('real') ? '250 ok\r\n' : '550 5.1.1 no user\r\n') },
      ['real'],
    );

    expect(outcomes.find(({ address }) => address === 'real@a.example')?.row.real).toMatchObject({
      reply: { code: 250 },
    });
  });
});

describe('a host that lies', () => {
  it.each([
    { name: 'accepts everybody', rcpt: '250 ok', verdict: 'catch-all' },
    { name: 'refuses everybody for what we are', rcpt: '550 5.7.1 blocked', verdict: 'unknown' },
    { name: 'refuses everybody without a word', rcpt: '550 no', verdict: 'unknown' },
    { name: 'puts everybody off', rcpt: '450 4.2.0 greylisted', verdict: 'retry' },
    { name: 'finds everybody too many', rcpt: '452 4.5.3 too many recipients', verdict: 'retry' },
    { name: 'verifies nobody', rcpt: '252 2.5.2 maybe', verdict: 'unknown' },
  ])('and $name comes to $verdict', async ({ rcpt, verdict }) => {
    for (const ehlo of ['250 mx', PIPELINING]) {
      const { outcomes } = await attack({ ehlo, rcpt }, ROWS);

      const verdicts = outcomes
        .filter(({ address }) => address.endsWith('@a.example'))
        .map((outcome) => outcome.verdict);
      expect(verdicts).toEqual(ROWS.map(() => verdict));
    }
  });

  it('by accepting the first of every session makes nobody valid', async () => {
    for (const ehlo of ['250 mx', PIPELINING]) {
      let asked = 0;
      const script: Script = {
        greeting: () => ((asked = 0), '220 mx'),
        ehlo,
        rcpt: () => (asked++ === 0 ? '250 ok' : NO_SUCH_USER),
      };

      const { outcomes } = await attack(script, ['nobody', 'nobody.2', 'nobody.3']);

      const verdicts = outcomes
        .filter(({ address }) => address.endsWith('@a.example'))
        .map(({ verdict }) => verdict);
      expect(verdicts.toSorted()).toEqual(['catch-all', 'invalid', 'invalid']);
    }
  });

  it('about its limits is asked everything all the same', async () => {
    const { outcomes } = await attack({ ehlo: '250-mx\n250-LIMITS RCPTMAX=1 MAILMAX=1\n250 PIPELINING' }, [
      'nobody',
      'real',
    ]);

    expect(outcomes.map(({ verdict }) => verdict).toSorted()).toEqual(['invalid', 'valid', 'valid']);
  });
});

describe('a hostile DNS', () => {
  it('that changes its answer between lookup and connection is not asked again', async () => {
    await using meant = await ScriptedHost.listen({}, '127.0.0.2');
    await using other = await ScriptedHost.listen({}, '127.0.0.3', meant.port);
    let asked = 0;
    const zone: Zone = {
      'MX a.example': mx('a.example', [1, 'mx.a.example']),
      get 'A mx.a.example'() {
        return a('mx.a.example', asked++ === 0 ? '127.0.0.2' : '127.0.0.3');
      },
    };

    const { real } = await withRouter(zone, true, (router) => probeRoute(router, meant.port));

    expect(real).toMatchObject({ ip: '127.0.0.2', reply: { code: 250 } });
    expect([asked, meant.sessions.length, other.sessions.length]).toEqual([1, 1, 0]);
  });

  it.each([
    { name: 'at once', zone: { 'A mx.a.example': a('mx.a.example', '127.0.0.2') }, verdict: 'invalid' },
    {
      name: 'behind a CNAME',
      zone: { 'A mx.a.example': [cname('mx.a.example', 'x.example'), ...a('x.example', '127.0.0.2')] },
      verdict: 'invalid',
    },
    {
      name: 'behind a host that does not answer',
      zone: {
        'MX a.example': mx('a.example', [1, 'gone.a.example'], [2, 'mx.a.example']),
        'A gone.a.example': 'SERVFAIL',
        'A mx.a.example': a('mx.a.example', '127.0.0.2'),
      },
      verdict: 'retry',
    },
  ] as { name: string; zone: Zone; verdict: string }[])(
    'does not make us knock inside ($name)',
    async ({ zone, verdict }) => {
      await using inside = await ScriptedHost.listen({}, '127.0.0.2');
      const whole = { 'MX a.example': mx('a.example', [1, 'mx.a.example']), ...zone };

      const { real } = await withRouter(whole, false, (router) => probeRoute(router, inside.port));

      expect(conclude({ real }).verdict).toBe(verdict);
      expect(inside.sessions).toEqual([]);
    },
  );

  it('that goes in circles leaves the address to be tried again', async () => {
    const zone = {
      'MX a.example': mx('a.example', [1, 'b.example']),
      ...circle('b.example', 'c.example'),
      ...circle('c.example', 'b.example'),
    };

    const { real, questions } = await withRouter(zone, true, async (router, dns) => ({
      ...(await probeRoute(router, 25)),
      questions: dns.asked.length,
    }));

    expect(conclude({ real })).toMatchObject({ verdict: 'retry', reason: 'dns-failure' });
    expect(questions).toBeLessThan(60);
  });

  it('that names a hundred hosts has us ask five', async () => {
    await using silent = await ScriptedHost.listen({ greeting: SILENCE }, '127.0.0.2');
    const names = Array.from({ length: 100 }, (_, nth) => `mx${nth}.a.example`);
    const zone: Zone = {
      'MX a.example': mx('a.example', ...names.map((name, nth) => [nth, name] as const)),
      ...Object.fromEntries(names.map((name) => [`A ${name}`, a(name, '127.0.0.2')])),
    };

    const { real } = await withRouter(zone, true, (router) => probeRoute(router, silent.port));

    expect(conclude({ real }).verdict).toBe('retry');
    expect(silent.sessions).toHaveLength(5);
  });
});

async function withRouter<T>(
  zone: Zone,
  allowPrivateMx: boolean,
  ask: (router: Router, dns: ScriptedDns) => Promise<T>,
) {
  await using dns = await ScriptedDns.listen(zone);
  const router = new Router({
    servers: [dns.address],
    timeoutMs: 150,
    tries: 1,
    allowPrivateMx,
    ipFamily: 'any',
    random: () => 0,
    troubleMs: 60_000,
  });
  try {
    return await ask(router, dns);
  } finally {
    router.close();
  }
}

async function probeRoute(router: Router, port: number) {
  const route = await router.route('a.example');
  if (route.type === 'none') return { real: route.observed, control: undefined };
  const rows: SettledRow[] = [];
  await probeDestination(
    {
      groups: [
        {
          domain: 'a.example',
          hosts: route.hosts,
          addresses: [{ key: 1, address: parseAddress('real@a.example') as Address }],
          catchAll: undefined,
        },
      ],
      manners: { rcptsPerSession: 50, rcptsPerTransaction: 20, rejectedPerSession: 8 },
    },
    { ...settingsFor(port), lookup: (host) => router.addressesOf(host) },
    (row) => rows.push(row),
    new AbortController().signal,
  );
  return rows[0]!;
}

function circle(name: string, target: string): Zone {
  return Object.fromEntries(['A', 'AAAA', 'CNAME'].map((type) => [`${type} ${name}`, [cname(name, target)]]));
}
