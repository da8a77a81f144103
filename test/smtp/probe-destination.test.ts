import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress, type Address } from '../../src/domain/address.ts';
import type { CatchAll } from '../../src/domain/catch-all.ts';
import type { FailureObservation, Observation } from '../../src/domain/observation.ts';
import type { Manners } from '../../src/domain/providers.ts';
import type { MxHost } from '../../src/domain/route.ts';
import { controlRecipient } from '../../src/smtp/control-recipient.ts';
import type { Finding } from '../../src/domain/finding.ts';
import {
  probeDestination,
  type DestinationGroup,
  type DestinationSettings,
} from '../../src/smtp/probe-destination.ts';
import { PIPELINING, ScriptedHost, SILENCE, type Deed, type Script } from './scripted-host.ts';
import { warningsDuring } from '../support/node-warnings.ts';

const manners: Manners = { rcptsPerSession: 50, rcptsPerTransaction: 20, rejectedPerSession: 8 };

const settingsFor = (port: number, override: Partial<DestinationSettings> = {}): DestinationSettings => ({
  ehloName: 'v1.verify.example.net',
  mailFrom: 'probe@verify.example.net',
  port,
  connectTimeoutMs: 2000,
  replyTimeoutMs: 2000,
  sessionDeadlineMs: 10_000,
  controlKey: 'secret',
  lookup: (host) => Promise.reject(new Error(`nobody should look up ${host}`)),
  ...override,
});

interface GroupScript {
  readonly rows: readonly string[];
  readonly hosts?: readonly MxHost[];
  readonly catchAll?: CatchAll | undefined;
}

const MX: MxHost = { name: 'mx.example.net', ips: ['127.0.0.1'] };

/** Rows of one domain; their keys are 1, 2, … over all groups. */
function groups(...scripts: readonly GroupScript[]): DestinationGroup[] {
  let key = 0;
  return scripts.map(({ rows, hosts = [MX], catchAll }) => {
    const addresses = rows.map((row) => ({ key: ++key, address: parseAddress(row) as Address }));
    return { domain: addresses[0]!.address.domain, hosts, addresses, catchAll };
  });
}

const brief = (found: Finding | undefined): string => {
  if (found === undefined) return 'none';
  if (found.type === 'smtputf8-unsupported') return found.type;
  const what = found.type === 'reply' ? String(found.reply.code) : found.failure;
  return `${found.stage} ${what}`;
};

async function probe(
  asked: readonly DestinationGroup[],
  settings: DestinationSettings,
  { by = manners, signal = new AbortController().signal }: { by?: Manners; signal?: AbortSignal } = {},
) {
  const found = new Map<number, { real: Finding; control: Observation | undefined; ms: number }>();
  const unstarted = await probeDestination(
    { groups: asked, manners: by },
    settings,
    ({ key, ...row }) => {
      if (found.has(key)) throw new Error(`row ${key} was reported twice`);
      found.set(key, row);
    },
    signal,
  );
  const rows = Object.fromEntries([...found].map(([key, { real }]) => [key, brief(real)]));
  const controls = Object.fromEntries([...found].map(([key, { control }]) => [key, brief(control)]));
  return { rows, controls, unstarted, found };
}

/** Accepts everybody but the one asked about at place `nth`. */
const dyingAt = (nth: number, deed: Deed) => (_: string, place: number) => (place === nth ? deed : '250 ok');

const HELLO = 'EHLO v1.verify.example.net';
const MAIL = 'MAIL FROM:<probe@verify.example.net>';
const control = (domain: string): string => `RCPT TO:<${controlRecipient(domain, 'secret')}@${domain}>`;
const recipients = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.startsWith('RCPT')).map((line) => line.replace(/^RCPT TO:<(.*)@.*>$/, '$1'));

describe('one host', () => {
  it('is asked about the rows, then about the control recipient', async () => {
    await using host = await ScriptedHost.listen();

    const { rows, controls } = await probe(
      groups({ rows: ['nobody@a.example', 'real@a.example'] }),
      settingsFor(host.port),
    );

    expect(rows).toEqual({ 1: 'rcpt 550', 2: 'rcpt 250' });
    expect(controls).toEqual({ 1: 'rcpt 550', 2: 'rcpt 550' });
    await host.quiet();
    expect(host.sessions).toEqual([
      [HELLO, MAIL, 'RCPT TO:<nobody@a.example>', 'RCPT TO:<real@a.example>', control('a.example'), 'QUIT'],
    ]);
  });

  it('takes MAIL and all RCPTs in one packet where it offers PIPELINING', async () => {
    await using host = await ScriptedHost.listen({ ehlo: PIPELINING });

    const { rows, controls } = await probe(
      groups({ rows: ['real@a.example', 'nobody@a.example'] }),
      settingsFor(host.port),
    );

    expect(rows).toEqual({ 1: 'rcpt 250', 2: 'rcpt 550' });
    expect(controls).toEqual({ 1: 'rcpt 550', 2: 'rcpt 550' });
    expect(host.packets[1]?.split('\r\n').filter(Boolean)).toEqual([
      MAIL,
      'RCPT TO:<real@a.example>',
      'RCPT TO:<nobody@a.example>',
      control('a.example'),
    ]);
  });

  it('is asked about all its domains in one packet, each with its control recipient', async () => {
    await using host = await ScriptedHost.listen({ ehlo: PIPELINING });

    const { rows, controls } = await probe(
      groups(
        { rows: ['nobody@a.example', 'real@a.example'] },
        { rows: ['nobody@b.example', 'real@b.example'] },
      ),
      settingsFor(host.port),
    );

    expect(rows).toEqual({ 1: 'rcpt 550', 2: 'rcpt 250', 3: 'rcpt 550', 4: 'rcpt 250' });
    expect(controls).toEqual({ 1: 'rcpt 550', 2: 'rcpt 550', 3: 'rcpt 550', 4: 'rcpt 550' });
    expect(host.packets.map((packet) => packet.split('\r\n').filter(Boolean))).toEqual([
      [HELLO],
      [
        MAIL,
        'RCPT TO:<nobody@a.example>',
        'RCPT TO:<real@a.example>',
        control('a.example'),
        'RSET',
        MAIL,
        'RCPT TO:<nobody@b.example>',
        'RCPT TO:<real@b.example>',
        control('b.example'),
      ],
      ['QUIT'],
    ]);
  });

  it('that hangs up in the middle of such a packet is asked one by one about whoever was not answered', async () => {
    let hasHungUp = false;
    await using host = await ScriptedHost.listen({
      ehlo: PIPELINING,
      rcpt: (line) => {
        if (line.includes('@b.example') && !hasHungUp) {
          hasHungUp = true;
          return { end: 'close' };
        }
        return line.includes('<real') ? '250 2.1.5 ok' : '550 5.1.1 no such user';
      },
    });

    const { rows } = await probe(
      groups({ rows: ['real@a.example'] }, { rows: ['nobody@b.example', 'real@b.example'] }),
      settingsFor(host.port),
    );

    expect(rows).toEqual({ 1: 'rcpt 250', 2: 'rcpt 550', 3: 'rcpt 250' });
    expect(host.sessions).toHaveLength(2);
  });

  it('is not asked about a control recipient where its provider accepts anybody; the host behind it is', async () => {
    await using yahoo = await ScriptedHost.listen({ rcpt: '451 4.3.0 trouble' }, '127.0.0.2');
    await using own = await ScriptedHost.listen({}, '127.0.0.3', yahoo.port);
    const hosts = [
      { name: 'mta5.am0.yahoodns.net', ips: ['127.0.0.2'] },
      { name: 'mx.a.example', ips: ['127.0.0.3'] },
    ];

    const { controls } = await probe(groups({ rows: ['real@a.example'], hosts }), settingsFor(yahoo.port));

    expect(recipients(yahoo.heard)).toEqual(['real']);
    expect(recipients(own.heard)).toEqual(['real', controlRecipient('a.example', 'secret')]);
    expect(controls).toEqual({ 1: 'rcpt 550' });
  });

  it('is not asked about a control recipient when its answer is known', async () => {
    await using host = await ScriptedHost.listen({ ehlo: PIPELINING });

    const { controls } = await probe(
      groups({ rows: ['real@a.example'], catchAll: 'no' }),
      settingsFor(host.port),
    );

    expect(recipients(host.heard)).toEqual(['real']);
    expect(controls).toEqual({ 1: 'none' });
  });

  it('serves all domains of the job over one connection, one domain a transaction', async () => {
    await using host = await ScriptedHost.listen();
    const elsewhere: MxHost = { name: 'mx2.example.net', ips: ['127.0.0.1'] };

    await probe(
      groups(
        { rows: ['real@a.example'], catchAll: 'no' },
        { rows: ['real@b.example'], catchAll: 'no', hosts: [elsewhere] },
        { rows: ['real@c.example'], catchAll: 'no' },
      ),
      settingsFor(host.port),
    );

    await host.quiet();
    expect(host.sessions).toEqual([
      [HELLO, MAIL, 'RCPT TO:<real@a.example>', 'RSET', MAIL, 'RCPT TO:<real@c.example>', 'QUIT'],
      [HELLO, MAIL, 'RCPT TO:<real@b.example>', 'QUIT'],
    ]);
  });

  it('gets the control recipient in a transaction of its own where one recipient is the limit', async () => {
    await using host = await ScriptedHost.listen();

    const { rows, controls } = await probe(
      groups({ rows: ['nobody@a.example', 'real@a.example', 'real.too@a.example'] }),
      settingsFor(host.port),
      { by: { ...manners, rcptsPerTransaction: 1 } },
    );

    expect(rows).toEqual({ 1: 'rcpt 550', 2: 'rcpt 250', 3: 'rcpt 250' });
    expect(controls).toEqual({ 1: 'rcpt 550', 2: 'rcpt 550', 3: 'rcpt 550' });
    expect(recipients(host.heard)).toEqual([
      'nobody',
      'real',
      controlRecipient('a.example', 'secret'),
      'real.too',
    ]);
    expect(host.heard.filter((line) => line === 'RSET')).toHaveLength(3);
  });

  it('tells of a local part that it cannot take', async () => {
    await using host = await ScriptedHost.listen();

    const { rows } = await probe(
      groups({ rows: ['josé@a.example', 'real@a.example'], catchAll: 'no' }),
      settingsFor(host.port),
    );

    expect(rows).toEqual({ 1: 'smtputf8-unsupported', 2: 'rcpt 250' });
    expect(recipients(host.heard)).toEqual(['real']);
  });

  it('is asked about a local part beyond ASCII when it can take it', async () => {
    await using host = await ScriptedHost.listen({ ehlo: PIPELINING });

    await probe(groups({ rows: ['josé@a.example'], catchAll: 'no' }), settingsFor(host.port));

    expect(host.heard).toContain('RCPT TO:<josé@a.example>');
    expect(host.heard).toContain(`${MAIL} SMTPUTF8`);
  });

  it.each([{ ehlo: '250 mx' }, { ehlo: PIPELINING }])(
    'is left after its share of refusals ($ehlo)',
    async ({ ehlo }) => {
      await using host = await ScriptedHost.listen({ ehlo });
      const rows = Array.from({ length: 7 }, (_, nth) => `n${nth}@a.example`);

      const { rows: answers } = await probe(groups({ rows, catchAll: 'no' }), settingsFor(host.port), {
        by: { ...manners, rejectedPerSession: 3 },
      });

      expect(Object.values(answers)).toEqual(Array(7).fill('rcpt 550'));
      await host.quiet();
      expect(host.sessions.map((session) => recipients(session).length)).toEqual([3, 3, 1]);
      expect(host.sessions.every((session) => session.at(-1) === 'QUIT')).toBe(true);
      expect(host.peak).toBe(1);
    },
  );

  it('is left after its share of recipients', async () => {
    await using host = await ScriptedHost.listen();
    const rows = Array.from({ length: 5 }, (_, nth) => `real.${nth}@a.example`);

    await probe(groups({ rows, catchAll: 'no' }), settingsFor(host.port), {
      by: { ...manners, rcptsPerSession: 2 },
    });

    expect(host.sessions.map((session) => recipients(session).length)).toEqual([2, 2, 1]);
  });

  it('is asked again, in smaller transactions, about whom it found one too many', async () => {
    let open = 0;
    await using host = await ScriptedHost.listen({
      mail: () => ((open = 0), '250 ok'),
      rcpt: () => (++open > 2 ? '452 4.5.3 Too many recipients' : '250 ok'),
    });
    const rows = Array.from({ length: 5 }, (_, nth) => `real.${nth}@a.example`);

    const { rows: answers } = await probe(groups({ rows, catchAll: 'no' }), settingsFor(host.port));

    expect(Object.values(answers)).toEqual(Array(5).fill('rcpt 250'));
    expect(recipients(host.heard)).toEqual(['real.0', 'real.1', 'real.2', 'real.2', 'real.3', 'real.4']);
  });
});

describe('the control recipient', () => {
  const CONTROL = new RegExp(controlRecipient('a.example', 'secret'));
  const losing = (deed: Deed) => (line: string) => (CONTROL.test(line) ? deed : '250 ok');

  it.each([
    { name: 'a close', deed: { end: 'close' }, seen: 'rcpt lost' },
    { name: 'a reset', deed: { end: 'reset' }, seen: 'rcpt lost' },
    { name: 'silence', deed: SILENCE, seen: 'rcpt timeout' },
    { name: '421', deed: { end: 'close', saying: '421 4.7.0 enough' }, seen: 'rcpt 421' },
    { name: 'a temporary refusal', deed: '450 4.7.1 greylisted', seen: 'rcpt 450' },
  ] as const)('never changes a real answer when it meets $name', async ({ deed, seen }) => {
    for (const ehlo of ['250 mx', PIPELINING]) {
      await using host = await ScriptedHost.listen({ ehlo, rcpt: losing(deed) });

      const { rows, controls } = await probe(
        groups({ rows: ['real@a.example', 'real.too@a.example'] }),
        settingsFor(host.port, { replyTimeoutMs: 100 }),
      );

      expect(rows).toEqual({ 1: 'rcpt 250', 2: 'rcpt 250' });
      expect(controls).toEqual({ 1: seen, 2: seen });
    }
  });

  it('is asked last and alone after it took the answers of a packet with it', async () => {
    await using host = await ScriptedHost.listen({ ehlo: PIPELINING, rcpt: losing({ end: 'reset' }) });

    await probe(groups({ rows: ['real@a.example', 'real.too@a.example'] }), settingsFor(host.port));

    const packets = host.packets
      .filter((packet) => CONTROL.test(packet))
      .map((packet) => recipients(packet.split('\r\n')));
    expect(packets[0]?.slice(0, 2)).toEqual(['real', 'real.too']);
    expect(packets.slice(1).map((locals) => locals.length)).toEqual(packets.slice(1).map(() => 1));
    expect(packets.length).toBeGreaterThan(1);
  });

  it('is asked once for a domain, however many transactions it takes', async () => {
    await using host = await ScriptedHost.listen({ ehlo: PIPELINING });
    const rows = Array.from({ length: 6 }, (_, nth) => `real.${nth}@a.example`);

    const { controls } = await probe(groups({ rows }), settingsFor(host.port), {
      by: { ...manners, rcptsPerTransaction: 3 },
    });

    expect(Object.values(controls)).toEqual(Array(6).fill('rcpt 550'));
    expect(host.heard.filter((line) => CONTROL.test(line))).toHaveLength(1);
  });
});

describe('a host that goes by position', () => {
  const [x, y, z] = ['x@a.example', 'y@a.example', 'z@a.example'];
  const CONTROL = controlRecipient('a.example', 'secret');
  const NO = '550 5.1.1 no such user';

  /** Accepts the first of each session, or of each transaction. */
  const firstOf = (unit: 'greeting' | 'mail'): Script => {
    let asked = 0;
    const anew = (line: string) => () => ((asked = 0), line);
    return {
      [unit]: anew(unit === 'mail' ? '250 ok' : '220 mx'),
      rcpt: () => (asked++ === 0 ? '250 ok' : NO),
    };
  };

  /** Accepts everybody from the second transaction on. */
  const afterRefusals = (): Script => {
    let transactions = 0;
    return { mail: () => (transactions++, '250 ok'), rcpt: () => (transactions > 1 ? '250 ok' : NO) };
  };

  const traps: {
    name: string;
    script: () => Script;
    rows: string[];
    found: object;
    by?: Partial<Manners>;
  }[] = [
    {
      name: 'accepts the first of a session',
      script: () => firstOf('greeting'),
      rows: [x, y, z],
      found: { 1: 'rcpt 250', 2: 'rcpt 550', 3: 'rcpt 550' },
    },
    {
      name: 'accepts the first of a transaction',
      script: () => firstOf('mail'),
      rows: [x, y, z],
      found: { 1: 'rcpt 250', 2: 'rcpt 550', 3: 'rcpt 550' },
    },
    {
      name: 'accepts the first of a session, of which each has one transaction of one',
      script: () => firstOf('greeting'),
      rows: [x, y],
      found: { 1: 'rcpt 250', 2: 'rcpt 550' },
      by: { rcptsPerTransaction: 1 },
    },
    {
      name: 'accepts everybody once it has refused some',
      script: afterRefusals,
      rows: [x, y, z],
      found: { 1: 'rcpt 550', 2: 'rcpt 550', 3: 'rcpt 250' },
      by: { rcptsPerTransaction: 3 },
    },
  ];

  it.each(traps)(
    '($name) accepts the control recipient in that place too',
    async ({ script, rows, found, by }) => {
      for (const ehlo of ['250 mx', PIPELINING]) {
        await using host = await ScriptedHost.listen({ ehlo, ...script() });

        const { rows: answers, controls } = await probe(groups({ rows }), settingsFor(host.port), {
          by: { ...manners, ...by },
        });

        expect(answers).toEqual(found);
        const accepted = Object.keys(answers).filter((key) => answers[key] === 'rcpt 250');
        expect(accepted.map((key) => controls[key])).toEqual(accepted.map(() => 'rcpt 250'));
        expect(recipients(host.heard).filter((local) => local === CONTROL).length).toBeLessThanOrEqual(2);
      }
    },
  );

  it.each([
    { name: 'the first of several alone is accepted', rows: ['real@a.example', y, z], sessions: 2 },
    { name: 'one row stands alone', rows: ['real@a.example'], sessions: 1 },
    { name: 'another is accepted too', rows: ['real@a.example', y, 'real.too@a.example'], sessions: 1 },
    { name: 'the first is refused', rows: [x, 'real@a.example'], sessions: 1 },
  ])('is looked for, and not found, only where $name', async ({ rows, sessions }) => {
    await using host = await ScriptedHost.listen({ ehlo: PIPELINING });

    const { controls } = await probe(groups({ rows }), settingsFor(host.port));

    await host.quiet();
    expect(host.sessions).toHaveLength(sessions);
    expect(recipients(host.heard).filter((local) => local === CONTROL)).toHaveLength(sessions);
    expect(controls[rows.indexOf('real@a.example') + 1]).toBe('rcpt 550');
  });

  it('is not looked for among known providers', async () => {
    await using host = await ScriptedHost.listen();
    const hosts = [{ name: 'gmail-smtp-in.l.google.com', ips: ['127.0.0.1'] }];

    await probe(groups({ rows: ['real@a.example', y], hosts }), settingsFor(host.port));

    expect(host.sessions).toHaveLength(1);
  });

  it.each([
    { name: 'lost', deed: { end: 'close' }, control: 'rcpt lost' },
    { name: 'put off', deed: '450 4.7.1 later', control: 'rcpt 450' },
  ] as const)('is not known where the second question is $name', async ({ deed, control: seen }) => {
    let asked = 0;
    const rcpt = (line: string): Deed => {
      if (line.includes(CONTROL)) return asked++ === 0 ? NO : deed;
      return line.includes('real') ? '250 ok' : NO;
    };
    await using host = await ScriptedHost.listen({ rcpt });

    const { rows, controls } = await probe(groups({ rows: ['real@a.example', y] }), settingsFor(host.port));

    expect(rows).toEqual({ 1: 'rcpt 250', 2: 'rcpt 550' });
    expect(controls[1]).toBe(seen);
  });
});

describe('a session that dies', () => {
  const rows = ['real.0@a.example', 'real.1@a.example', 'real.2@a.example', 'real.3@a.example'];

  it.each([
    { name: 'close', deed: { end: 'close' } },
    { name: 'reset', deed: { end: 'reset' } },
    { name: 'half-close', deed: { end: 'half-close' } },
    { name: 'silence', deed: SILENCE },
    { name: 'garbage', deed: 'what?' },
    { name: 'NUL', deed: { raw: '250 o\0k\r\n' } },
  ] as const)(
    'of $name in the middle loses no answer, and the rest is asked in a new one',
    async ({ deed }) => {
      await using host = await ScriptedHost.listen({ rcpt: dyingAt(2, deed) });

      const { rows: answers } = await probe(
        groups({ rows, catchAll: 'no' }),
        settingsFor(host.port, { replyTimeoutMs: 100 }),
      );

      expect(answers).toEqual({ 1: 'rcpt 250', 2: 'rcpt 250', 3: 'rcpt 250', 4: 'rcpt 250' });
      expect(host.sessions.map(recipients)).toEqual([
        ['real.0', 'real.1', 'real.2'],
        ['real.2', 'real.3'],
      ]);
    },
  );

  it('of 421 leaves the answer with whose it was, and asks again about the others', async () => {
    await using host = await ScriptedHost.listen({
      ehlo: PIPELINING,
      rcpt: dyingAt(2, { end: 'close', saying: '421 4.3.2 shutting down' }),
    });

    const { rows: answers } = await probe(groups({ rows, catchAll: 'no' }), settingsFor(host.port));

    expect(answers).toEqual({ 1: 'rcpt 250', 2: 'rcpt 250', 3: 'rcpt 421', 4: 'rcpt 250' });
    expect(recipients(host.sessions[1]!)).toEqual(['real.3']);
  });

  it('each time at the same row gives that row up, and not the others', async () => {
    await using host = await ScriptedHost.listen({
      rcpt: (line) => (line.includes('real.1') ? { end: 'reset' } : '250 ok'),
    });

    const { rows: answers } = await probe(groups({ rows, catchAll: 'no' }), settingsFor(host.port));

    expect(answers).toEqual({ 1: 'rcpt 250', 2: 'rcpt lost', 3: 'rcpt 250', 4: 'rcpt 250' });
    expect(host.sessions).toHaveLength(3);
  });

  it.each([
    { name: 'silent', rcpt: SILENCE, seen: 'rcpt timeout', sessions: 2 },
    { name: 'gone', rcpt: { end: 'close' }, seen: 'rcpt lost', sessions: 2 },
    { name: 'busy', rcpt: { end: 'close', saying: '421 4.3.2 busy' }, seen: 'rcpt 421', sessions: 2 },
  ] as const)(
    'twice in a row without an answer to RCPT ends it for all ($name)',
    async ({ rcpt, seen, sessions }) => {
      await using host = await ScriptedHost.listen({ rcpt });

      const { rows: answers } = await probe(
        groups({ rows, catchAll: 'no' }),
        settingsFor(host.port, { replyTimeoutMs: 100 }),
      );

      expect(Object.values(answers)).toEqual(Array(4).fill(seen));
      expect(host.sessions).toHaveLength(sessions);
    },
  );

  it('at its deadline is followed by another', async () => {
    await using host = await ScriptedHost.listen({ rcpt: dyingAt(1, { drip: '250-ok\r\n', everyMs: 20 }) });

    const { rows: answers } = await probe(
      groups({ rows, catchAll: 'no' }),
      settingsFor(host.port, { sessionDeadlineMs: 200 }),
    );

    expect(answers).toEqual({ 1: 'rcpt 250', 2: 'rcpt 250', 3: 'rcpt 250', 4: 'rcpt 250' });
  });
});

describe('a host whose replies are out of step', () => {
  const asked = groups({ rows: ['real@a.example', 'nobody@a.example'] });

  it.each([
    { name: 'one at a time', ehlo: '250 mx' },
    { name: 'with PIPELINING', ehlo: PIPELINING },
  ])('for a second greeting settles nobody, $name', async ({ ehlo }) => {
    await using host = await ScriptedHost.listen({
      greeting: '220 one',
      // What the host has to say comes one late: the second greeting overtakes the reply to EHLO.
      ehlo: `220 two\n${ehlo}`,
    });
    await using late = await ScriptedHost.listen({
      greeting: '220 one',
      ehlo: '220 two',
      mail: ehlo,
      rcpt: '250 2.1.0 ok',
    });

    for (const { port } of [host, late]) {
      const { rows, found } = await probe(asked, settingsFor(port));

      expect(rows).toEqual({ 1: 'ehlo garbled', 2: 'ehlo garbled' });
      expect(found.get(1)?.control).not.toMatchObject({ type: 'reply' });
    }
    expect(late.heard).not.toContain(MAIL);
  });

  it.each([
    { verb: 'MAIL', script: { mail: '221 2.0.0 bye' } },
    { verb: 'RCPT', script: { rcpt: '354 go on' } },
    { verb: 'RCPT', script: { rcpt: '220 two', ehlo: PIPELINING } },
  ])('with $script to $verb settles nobody', async ({ verb, script }) => {
    await using host = await ScriptedHost.listen(script);

    const { found } = await probe(asked, settingsFor(host.port));

    for (const { real } of found.values())
      expect(real).toMatchObject({
        failure: 'garbled',
        detail: expect.stringMatching(`in reply to ${verb}`) as string,
      });
    expect(found.size).toBe(2);
  });

  it.each(['250 mx', PIPELINING])('takes back what is still held of the transaction (%s)', async (ehlo) => {
    await using host = await ScriptedHost.listen({
      ehlo,
      rcpt: (line) => (line.includes('real@') ? '250 ok' : '354 go on'),
    });

    const { rows } = await probe(asked, settingsFor(host.port));

    expect(rows).toEqual({ 1: 'rcpt garbled', 2: 'rcpt garbled' });
  });
});

describe('what is heard before the session is over', () => {
  /** What the host was asked, and what was told between. */
  async function storyOf(script: Script, asked: readonly DestinationGroup[]) {
    const story: string[] = [];
    const rcpt = (line: string, nth: number): Deed => {
      const local = /<([^@]+)@/.exec(line)![1]!;
      story.push(local.length > 8 ? 'asked control' : `asked ${local}`);
      return typeof script.rcpt === 'function' ? script.rcpt(line, nth) : script.rcpt!;
    };
    const quit = (): Deed => {
      story.push('QUIT');
      return { end: 'close', saying: '221 bye' };
    };
    await using host = await ScriptedHost.listen({ ...script, rcpt, quit });
    await probeDestination(
      { groups: asked, manners },
      settingsFor(host.port),
      ({ key, real }) => story.push(`settled ${key}: ${brief(real)}`),
      new AbortController().signal,
      {
        heard: (rows) =>
          story.push(
            `heard ${rows.map((row) => `${row.key}: ${brief(row.real)}, ${brief(row.control)}`).join('; ')}`,
          ),
        disowned: () => story.push('disowned'),
      },
    );
    return story;
  }
  const honest = (line: string): Deed => (line.includes('<real') ? '250 2.1.5 ok' : '550 5.1.1 unknown');
  const rows = ['no.1@a.example', 'real@a.example', 'no.2@a.example'];

  it('is told with each reply, and of those accepted with that to the control recipient', async () => {
    expect(await storyOf({ rcpt: honest }, groups({ rows }))).toEqual([
      'asked no.1',
      'heard 1: rcpt 550, none',
      'asked real',
      'asked no.2',
      'heard 3: rcpt 550, none',
      'asked control',
      'heard 2: rcpt 250, rcpt 550',
      'QUIT',
      'settled 1: rcpt 550',
      'settled 2: rcpt 250',
      'settled 3: rcpt 550',
    ]);
  });

  it('is told at once where replies come in one piece, and of those accepted where the domain is known', async () => {
    const story = await storyOf({ ehlo: PIPELINING, rcpt: honest }, groups({ rows, catchAll: 'no' }));

    const told = story.flatMap((event) => (event.startsWith('heard ') ? event.slice(6).split('; ') : []));
    expect(told).toEqual(['1: rcpt 550, none', '2: rcpt 250, none', '3: rcpt 550, none']);
    expect(story.indexOf('QUIT')).toBeGreaterThan(story.findLastIndex((event) => event.startsWith('heard')));
  });

  it('is disowned when the session was out of step, and told anew', async () => {
    const rcpt = (line: string, nth: number): Deed =>
      nth === 1 ? '250 2.1.5 ok\n550 5.1.1 unknown' : honest(line);

    expect(await storyOf({ rcpt }, groups({ rows: rows.slice(0, 2), catchAll: 'no' }))).toEqual([
      'asked no.1',
      'heard 1: rcpt 550, none',
      'asked real',
      'disowned',
      'asked no.1',
      'heard 1: rcpt 550, none',
      'asked real',
      'heard 2: rcpt 250, none',
      'QUIT',
      'settled 1: rcpt 550',
      'settled 2: rcpt 250',
    ]);
  });

  it('is not told of who goes on to the next host, and is of who is put off by the last', async () => {
    const hosts = [MX, { name: 'backup.example.net', ips: ['127.0.0.1'] }];
    const asked = groups({ rows: ['grey@a.example'], hosts, catchAll: 'no' });

    expect(await storyOf({ rcpt: '450 4.7.1 greylisted' }, asked)).toEqual([
      'asked grey',
      'QUIT',
      'asked grey',
      'heard 1: rcpt 450, none',
      'QUIT',
      'settled 1: rcpt 450',
    ]);
  });
});

describe('the goodbye', () => {
  const once = groups({ rows: ['real@a.example', 'nobody@a.example'], catchAll: 'no' });

  it('settles the rows, and is all that is left when that is told', async () => {
    const events: string[] = [];
    const quit = (): Deed => {
      events.push('QUIT');
      return { end: 'close', saying: '221 bye' };
    };
    await using host = await ScriptedHost.listen({ quit });

    await probeDestination(
      { groups: once, manners },
      settingsFor(host.port),
      ({ key }) => events.push(`row ${key}`),
      new AbortController().signal,
      { parting: () => events.push('parting') },
    );

    expect(events).toEqual(['parting', 'QUIT', 'row 1', 'row 2']);
  });

  it.each([
    { name: 'another host may be asked', script: { rcpt: '450 4.7.1 greylisted' } },
    { name: 'the host has refused us', script: { mail: '451 4.7.1 later' } },
  ] as { name: string; script: Script }[])('is not all that is left when $name', async ({ script }) => {
    await using host = await ScriptedHost.listen(script);
    const asked = groups({
      rows: ['real@a.example'],
      hosts: [MX, { name: 'backup.example.net', ips: ['127.0.0.1'] }],
    });
    let isParting = false;
    const sessions: boolean[] = [];
    const lookedAt = ({ host: name }: Finding): unknown => sessions.push(isParting && name === MX.name);

    await probeDestination(
      { groups: asked, manners },
      settingsFor(host.port),
      ({ real }) => lookedAt(real),
      new AbortController().signal,
      { parting: () => (isParting = host.sessions.length < 2) },
    );

    expect(host.sessions).toHaveLength(2);
    expect(isParting).toBe(false);
    expect(sessions).toEqual([false]);
  });

  it.each<{ name: string; quit: Deed }>([
    { name: 'closes', quit: { end: 'close', saying: '221 bye' } },
    { name: 'leaves it to us', quit: '221 bye' },
    { name: 'hangs up without a word', quit: { end: 'close' } },
    { name: 'resets', quit: { end: 'reset' } },
    { name: 'is silent', quit: SILENCE },
    { name: 'says 250', quit: '250 bye' },
    { name: 'knows no QUIT', quit: '502 5.5.2 what?' },
  ])('of a host that $name is over before the job is, and nobody is asked twice', async ({ quit }) => {
    await using host = await ScriptedHost.listen({ quit });

    for (let job = 0; job < 3; job++) {
      const { rows } = await probe(once, settingsFor(host.port, { replyTimeoutMs: 60 }));
      expect(rows).toEqual({ 1: 'rcpt 250', 2: 'rcpt 550' });
    }

    expect([host.peak, host.sessions.length]).toEqual([1, 3]);
  });
});

describe('a failure before RCPT', () => {
  const table: { name: string; script: Script; seen: string }[] = [
    { name: 'greeting refused', script: { greeting: '554 5.7.1 no service' }, seen: 'greeting 554' },
    {
      name: 'greeting 421',
      script: { greeting: { end: 'close', saying: '421 busy' } },
      seen: 'greeting 421',
    },
    { name: 'greeting silent', script: { greeting: SILENCE }, seen: 'greeting timeout' },
    { name: 'greeting reset', script: { greeting: { end: 'reset' } }, seen: 'greeting lost' },
    { name: 'greeting garbled', script: { greeting: 'SSH-2.0-x' }, seen: 'greeting garbled' },
    { name: 'greeting without CRLF', script: { greeting: { raw: '220 mx' } }, seen: 'greeting timeout' },
    { name: 'early talker', script: { greeting: '220 mx\n250 mx' }, seen: 'greeting garbled' },
    { name: 'ehlo refused', script: { ehlo: '550 5.7.1 blocked' }, seen: 'ehlo 550' },
    { name: 'ehlo silent', script: { ehlo: SILENCE }, seen: 'ehlo timeout' },
    { name: 'ehlo reset', script: { ehlo: { end: 'reset' } }, seen: 'ehlo lost' },
    { name: 'ehlo dripping', script: { ehlo: { drip: '250-mx\r\n', everyMs: 10 } }, seen: 'ehlo timeout' },
    { name: 'helo refused', script: { ehlo: '502 no', helo: '550 no' }, seen: 'ehlo 550' },
    { name: 'mail refused', script: { mail: '550 5.7.1 sender rejected' }, seen: 'mail 550' },
    { name: 'mail put off', script: { mail: '451 4.7.1 later' }, seen: 'mail 451' },
    { name: 'mail silent', script: { mail: SILENCE }, seen: 'mail timeout' },
    { name: 'mail closed', script: { mail: { end: 'close' } }, seen: 'mail lost' },
    { name: 'mail reset', script: { mail: { end: 'reset' } }, seen: 'mail lost' },
  ];

  it.each(table)('($name) is what all rows are told, after one try', async ({ script, seen }) => {
    await using host = await ScriptedHost.listen(script);

    const { rows } = await probe(
      groups({ rows: ['real@a.example', 'real.too@a.example'] }, { rows: ['real@b.example'] }),
      settingsFor(host.port, { replyTimeoutMs: 80 }),
    );

    expect(rows).toEqual({ 1: seen, 2: seen, 3: seen });
    expect(host.sessions).toHaveLength(1);
  });

  it.each(table.filter(({ name }) => name.endsWith('refused') || name.endsWith('put off')))(
    '($name) is an answer, also when RCPTs stood behind it in the packet: nobody dials again',
    async ({ script, seen }) => {
      const behindMail = { rcpt: '503 5.5.1 need MAIL' };
      await using host = await ScriptedHost.listen({ ehlo: PIPELINING, ...behindMail, ...script });

      const { rows } = await probe(
        groups({ rows: ['real@a.example', 'real.too@a.example'] }, { rows: ['real@b.example'] }),
        settingsFor(host.port),
      );

      expect(rows).toEqual({ 1: seen, 2: seen, 3: seen });
      expect(host.sessions).toHaveLength(1);
    },
  );

  it.each([
    { mail: '550 5.7.1 you have asked too much', rows: { 1: 'rcpt 250', 2: 'mail 550' }, sessions: 1 },
    { mail: '452 4.5.3 one transaction a session', rows: { 1: 'rcpt 250', 2: 'rcpt 250' }, sessions: 2 },
  ])(
    'behind answers leads to another session when it is for now ($mail)',
    async ({ mail, rows, sessions }) => {
      for (const ehlo of ['250 mx', PIPELINING]) {
        await using host = await ScriptedHost.listen({
          ehlo,
          mail: (_, nth) => (nth === 1 ? mail : '250 ok'),
          rcpt: '250 ok',
        });

        const { rows: answers } = await probe(
          groups({ rows: ['real@a.example'], catchAll: 'no' }, { rows: ['real@b.example'], catchAll: 'no' }),
          settingsFor(host.port),
        );

        expect(answers).toEqual(rows);
        expect(host.sessions).toHaveLength(sessions);
      }
    },
  );

  it('of MAIL is the same at every address of the host', async () => {
    await using first = await ScriptedHost.listen({ mail: '451 4.7.1 later' }, '127.0.0.2');
    await using second = await ScriptedHost.listen({}, '127.0.0.3', first.port);
    const hosts = [{ name: 'mx.example.net', ips: ['127.0.0.2', '127.0.0.3'] }];

    const { rows } = await probe(groups({ rows: ['real@a.example'], hosts }), settingsFor(first.port));

    expect(rows).toEqual({ 1: 'mail 451' });
    expect(second.sessions).toHaveLength(0);
  });

  it.each(table)('($name) is got over at the next host', async ({ script }) => {
    await using bad = await ScriptedHost.listen(script, '127.0.0.2');
    await using good = await ScriptedHost.listen({}, '127.0.0.3', bad.port);
    const hosts = [
      { name: 'bad.example.net', ips: ['127.0.0.2'] },
      { name: 'good.example.net', ips: undefined },
    ];
    const asked: string[] = [];
    const lookup = (name: string): Promise<readonly string[]> => {
      asked.push(name);
      return Promise.resolve(['127.0.0.3']);
    };

    const { rows, found } = await probe(
      groups({ rows: ['nobody@a.example', 'real@a.example'], hosts }, { rows: ['real@b.example'], hosts }),
      settingsFor(bad.port, { replyTimeoutMs: 80, lookup }),
    );

    expect(rows).toEqual({ 1: 'rcpt 550', 2: 'rcpt 250', 3: 'rcpt 250' });
    expect(found.get(1)?.real).toMatchObject({ host: 'good.example.net', ip: '127.0.0.3' });
    expect(bad.sessions).toHaveLength(1);
    expect(good.sessions).toHaveLength(1);
    expect(asked).toEqual(['good.example.net']);
  });

  it('at one address of a host is got over at its next', async () => {
    await using good = await ScriptedHost.listen({}, '127.0.0.3');
    const hosts = [{ name: 'mx.example.net', ips: ['127.0.0.2', '127.0.0.3'] }];

    const { rows } = await probe(groups({ rows: ['real@a.example'], hosts }), settingsFor(good.port));

    expect(rows).toEqual({ 1: 'rcpt 250' });
  });

  it('for good at one address is not tried at the next', async () => {
    await using first = await ScriptedHost.listen({ greeting: '554 5.7.1 no service' }, '127.0.0.2');
    await using second = await ScriptedHost.listen({}, '127.0.0.3', first.port);
    const hosts = [{ name: 'mx.example.net', ips: ['127.0.0.2', '127.0.0.3'] }];

    const { rows } = await probe(groups({ rows: ['real@a.example'], hosts }), settingsFor(first.port));

    expect(rows).toEqual({ 1: 'greeting 554' });
    expect(second.sessions).toHaveLength(0);
  });

  it('of every host leaves the most telling of the best one', async () => {
    await using best = await ScriptedHost.listen(
      { greeting: { end: 'close', saying: '421 busy' } },
      '127.0.0.2',
    );
    await using other = await ScriptedHost.listen({ mail: '550 5.7.1 blocked' }, '127.0.0.4', best.port);
    const hosts = [
      { name: 'best.example.net', ips: ['127.0.0.3', '127.0.0.2'] },
      { name: 'other.example.net', ips: ['127.0.0.4'] },
      { name: 'unknown.example.net', ips: undefined },
    ];
    const failure: FailureObservation = { type: 'failure', stage: 'dns', failure: 'dns-failure' };

    const { rows } = await probe(
      groups({ rows: ['real@a.example'], hosts }),
      settingsFor(best.port, { lookup: () => Promise.resolve(failure) }),
    );

    expect(rows).toEqual({ 1: 'greeting 421' });
    expect(other.sessions).toHaveLength(1);
  });
});

describe('an answer of the best host', () => {
  const hosts = [
    { name: 'best.example.net', ips: ['127.0.0.2'] },
    { name: 'backup.example.net', ips: ['127.0.0.3'] },
    { name: 'third.example.net', ips: ['127.0.0.4'] },
  ];

  async function probeWith(best: Deed, backup: Deed) {
    await using first = await ScriptedHost.listen({ rcpt: best }, '127.0.0.2');
    await using second = await ScriptedHost.listen({ rcpt: backup }, '127.0.0.3', first.port);
    await using third = await ScriptedHost.listen({}, '127.0.0.4', first.port);
    const { rows } = await probe(
      groups({ rows: ['real@a.example'], hosts, catchAll: 'yes' }),
      settingsFor(first.port),
    );
    return { row: rows[1], asked: [first, second, third].map(({ sessions }) => sessions.length) };
  }

  it.each([
    { name: 'acceptance', best: '250 ok', row: 'rcpt 250' },
    { name: 'an unknown mailbox', best: '550 5.1.1 no such user', row: 'rcpt 550' },
    { name: 'a disabled mailbox', best: '550 5.2.1 The account is disabled', row: 'rcpt 550' },
    { name: 'a forwarded mailbox', best: '251 User not local; will forward', row: 'rcpt 251' },
    { name: 'what cannot be verified', best: '252 2.5.2 Cannot VRFY user', row: 'rcpt 252' },
    {
      name: 'a mailbox that moved',
      best: '551 5.1.6 User not local; please try <b@c.example>',
      row: 'rcpt 551',
    },
    { name: 'a full mailbox', best: '452 4.2.2 mailbox full', row: 'rcpt 452' },
    {
      name: 'a block',
      best: '554 5.7.1 Service unavailable; client host blocked using zen.spamhaus.org',
      row: 'rcpt 554',
    },
    { name: 'a permanent answer without a hint', best: '550 no', row: 'rcpt 550' },
  ])('($name) ends the search', async ({ best, row }) => {
    expect(await probeWith(best, '250 ok')).toEqual({ row, asked: [1, 0, 0] });
  });

  it.each([
    { name: 'greylisting', best: '450 4.7.1 Greylisted, try again later', backup: '250 ok', row: 'rcpt 250' },
    { name: 'relay denial', best: '554 5.7.1 Relay access denied', backup: '250 ok', row: 'rcpt 250' },
    {
      name: 'trouble, and an unknown mailbox behind it',
      best: '451 4.3.0 local error',
      backup: '550 5.1.1 no such user',
      row: 'rcpt 550',
    },
    {
      name: 'trouble, and a block behind it',
      best: '451 4.3.0 local error',
      backup: '554 5.7.1 blocked by policy',
      row: 'rcpt 451',
    },
    {
      name: 'greylisting twice',
      best: '450 4.7.1 Greylisted',
      backup: '451 4.7.1 Greylisted too',
      row: 'rcpt 450',
    },
  ])('($name) leads to one other host', async ({ best, backup, row }) => {
    expect(await probeWith(best, backup)).toEqual({ row, asked: [1, 1, 0] });
  });

  it('is not taken for what a backup host that accepts everybody would say', async () => {
    await using best = await ScriptedHost.listen({ greeting: { end: 'close' } }, '127.0.0.2');
    await using backup = await ScriptedHost.listen({ rcpt: '250 ok' }, '127.0.0.3', best.port);

    const { rows, controls } = await probe(
      groups({ rows: ['real@a.example'], hosts: hosts.slice(0, 2), catchAll: 'no' }),
      settingsFor(best.port),
    );

    expect(rows).toEqual({ 1: 'rcpt 250' });
    expect(controls).toEqual({ 1: 'rcpt 250' });
    expect(backup.sessions).toHaveLength(1);
  });
});

describe('draining', () => {
  it('finishes the transaction in flight and gives back the rest', async () => {
    const drain = new AbortController();
    await using host = await ScriptedHost.listen({
      rcpt: () => {
        drain.abort();
        return '250 ok';
      },
    });

    const { rows, unstarted } = await probe(
      groups(
        { rows: ['real@a.example', 'real.too@a.example'], catchAll: 'no' },
        { rows: ['real@b.example'] },
      ),
      settingsFor(host.port),
      { signal: drain.signal },
    );

    expect(rows).toEqual({ 1: 'rcpt 250', 2: 'rcpt 250' });
    expect(unstarted).toEqual([3]);
    await host.quiet();
    expect(host.heard.at(-1)).toBe('QUIT');
  });

  it('waits no longer for the goodbye of a host that was slow all along', async () => {
    const drain = new AbortController();
    await using host = await ScriptedHost.listen({
      rcpt: { drip: '250 ok, if you say so, sir\r\n', everyMs: 60 },
      quit: () => {
        setImmediate(() => drain.abort());
        return SILENCE;
      },
    });
    let abortedAt = Infinity;
    drain.signal.addEventListener('abort', () => (abortedAt = performance.now()));

    const { rows } = await probe(
      groups({ rows: ['real@a.example'], catchAll: 'no' }),
      settingsFor(host.port, { replyTimeoutMs: 5000 }),
      { signal: drain.signal },
    );

    expect(rows).toEqual({ 1: 'rcpt 250' });
    expect(performance.now() - abortedAt).toBeLessThan(2500); // without the drain it has twice its slowest reply, more than 3 s
  });

  it('still asks about the control recipient that an accepted row waits for', async () => {
    const drain = new AbortController();
    await using host = await ScriptedHost.listen({
      rcpt: (line) => {
        drain.abort();
        return line.includes('real') ? '250 ok' : '550 5.1.1 no such user';
      },
    });

    const { rows, controls, unstarted } = await probe(
      groups({ rows: ['real@a.example'] }, { rows: ['real@b.example'] }),
      settingsFor(host.port),
      { signal: drain.signal, by: { ...manners, rcptsPerTransaction: 1 } },
    );

    expect(rows).toEqual({ 1: 'rcpt 250' });
    expect(controls).toEqual({ 1: 'rcpt 550' });
    expect(unstarted).toEqual([2]);
  });

  it('hangs up at once on a host that has not been asked about anybody', async () => {
    const drain = new AbortController();
    await using host = await ScriptedHost.listen({
      greeting: () => {
        setImmediate(() => drain.abort());
        return SILENCE;
      },
    });

    const { rows, unstarted } = await probe(
      groups({ rows: ['real@a.example'] }),
      settingsFor(host.port, { replyTimeoutMs: 60_000 }),
      {
        signal: drain.signal,
      },
    );

    expect({ rows, unstarted }).toEqual({ rows: {}, unstarted: [1] });
    await host.quiet();
  });

  it.each([
    { said: '450 4.7.1 Greylisted', rows: { 1: 'rcpt 450' }, unstarted: [] },
    { said: '554 5.7.1 Relay access denied', rows: {}, unstarted: [1] },
  ])(
    'of a row on its way to the next host keeps that it was put off, and no refusal: $said',
    async (given) => {
      const drain = new AbortController();
      await using host = await ScriptedHost.listen({
        rcpt: () => {
          drain.abort();
          return given.said;
        },
      });
      const hosts = [MX, { name: 'backup.example.net', ips: ['127.0.0.1'] }];

      const { rows, unstarted } = await probe(
        groups({ rows: ['real@a.example'], hosts }),
        settingsFor(host.port),
        { signal: drain.signal },
      );

      expect({ rows, unstarted }).toEqual({ rows: given.rows, unstarted: given.unstarted });
    },
  );

  it('may be signalled to any number of jobs at once', async () => {
    await using host = await ScriptedHost.listen();
    const { signal } = new AbortController();

    const warnings = await warningsDuring(() =>
      Promise.all(
        Array.from({ length: 20 }, () =>
          probe(groups({ rows: ['real@a.example'] }), settingsFor(host.port), { signal }),
        ),
      ),
    );

    expect(warnings).toEqual([]);
  });

  it('before the start dials nobody', async () => {
    await using host = await ScriptedHost.listen();

    const { unstarted } = await probe(groups({ rows: ['real@a.example'] }), settingsFor(host.port), {
      signal: AbortSignal.abort(),
    });

    expect(unstarted).toEqual([1]);
    expect(host.sessions).toHaveLength(0);
  });
});

it.each<{ name: string; script: Script; told: number }>([
  { name: 'answers of mailboxes', script: {}, told: 1 },
  { name: 'has trouble with everybody', script: { rcpt: '451 4.3.0 local trouble' }, told: 0 },
  {
    name: 'hangs up',
    script: { rcpt: (line) => (/<real/.test(line) ? '250 ok' : '421 4.7.0 bye') },
    told: 0,
  },
])('tells of a session that ended as it should, $told of a host that $name', async ({ script, told }) => {
  await using host = await ScriptedHost.listen({ ehlo: PIPELINING, ...script });
  const asked = groups({ rows: ['real@a.example', 'nobody@a.example'], catchAll: 'no' });
  let sessions = 0;

  await probeDestination(
    { groups: asked, manners },
    settingsFor(host.port),
    () => {},
    new AbortController().signal,
    { sessionOver: () => sessions++ },
  );

  expect(sessions).toBe(told);
});

it('settles every row once, whatever the host does, and asks for no more in a session than it may', async () => {
  const deed = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        '250 ok',
        '550 5.1.1 no such user',
        '450 4.7.1 greylisted',
        '452 4.5.3 too many',
      ),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom<Deed>('421 bye', { end: 'close' }, { end: 'reset' }, { end: 'half-close' }),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Deed>(
        SILENCE,
        '250 ok\n250 ok',
        { raw: '\0' },
        'HTTP/1.1 200 OK',
        '354 go on',
      ),
    },
  );
  const script = fc.record({
    ehlo: fc.constantFrom('250 mx', PIPELINING, '250-mx\n250 LIMITS RCPTMAX=2 MAILMAX=2'),
    deeds: fc.array(deed, { minLength: 1, maxLength: 30 }),
    rcptsPerTransaction: fc.integer({ min: 1, max: 4 }),
    catchAll: fc.constantFrom<CatchAll | undefined>(undefined, 'no'),
  });
  const asked = ['real@a.example', 'x@a.example', 'y@a.example', 'josé@a.example'];

  await fc.assert(
    fc.asyncProperty(script, async ({ ehlo, deeds, rcptsPerTransaction, catchAll }) => {
      let nth = 0;
      const next = (): Deed => deeds[nth++ % deeds.length]!;
      await using host = await ScriptedHost.listen({ ehlo, mail: next, rcpt: next, rset: next });
      const { found } = await probe(
        groups(
          { rows: asked, catchAll },
          { rows: ['real@b.example'], catchAll },
          { rows: ['x@c.example', 'real@c.example'], catchAll },
        ),
        settingsFor(host.port, { replyTimeoutMs: 40 }),
        { by: { rcptsPerSession: 6, rcptsPerTransaction, rejectedPerSession: 3 } },
      );

      expect([...found.keys()].toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
      for (const session of host.sessions)
        expect(session.filter((line) => line.startsWith('RCPT')).length).toBeLessThanOrEqual(6);
      for (const line of host.heard) expect(line).toMatch(/^(?:EHLO|MAIL FROM:|RCPT TO:|RSET|QUIT)\P{C}*$/u);
    }),
    { numRuns: 40 },
  );
}, 60_000);

it('rejects when taking a report fails, and leaves no connection behind', async () => {
  await using host = await ScriptedHost.listen();
  const job = { groups: groups({ rows: ['real@a.example'], catchAll: 'no' }), manners };

  const probing = probeDestination(
    job,
    settingsFor(host.port),
    () => {
      throw new Error('disk full');
    },
    new AbortController().signal,
  );

  await expect(probing).rejects.toThrow('disk full');
  await host.quiet();
});
