// Hosts that say too much or too little, each reply in a packet of its own so that no burst gives it away: a reply must
// never be taken for the answer to another command.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress, type Address } from '../../src/domain/address.ts';
import { conclude } from '../../src/domain/conclude.ts';
import { groupBy } from '../../src/domain/group-by.ts';
import type { Manners } from '../../src/domain/providers.ts';
import { probeDestination, type SettledRow } from '../../src/smtp/probe-destination.ts';
import { PIPELINING } from './scripted-host.ts';
import { ScriptedStream, type Speech } from './scripted-stream.ts';

const EVERY_MS = 10;
const USERS = ['nobody', 'real', 'nobody.2', 'real.too'];
const NO_SUCH_USER = '550 5.1.1 no such user';
const TRUE_VERDICTS = { nobody: 'invalid', real: 'valid', 'nobody.2': 'invalid', 'real.too': 'valid' };

const HONEST: Readonly<Record<string, (line: string) => string>> = {
  greeting: () => '220 mx',
  mail: () => '250 2.1.0 ok',
  rcpt: (line) => (line.includes('<real') ? '250 2.1.5 ok' : NO_SUCH_USER),
  rset: () => '250 2.0.0 ok',
  quit: () => '221 bye',
};

/** What is said for an honest reply to the nth command of its verb. */
type Twist = (verb: string, nth: number, reply: string) => readonly string[];

const twisted =
  (twist: Twist, ehlo: string): Speech =>
  (verb, line, nth) =>
    twist(verb, nth, HONEST[verb]?.(line) ?? ehlo).map((text) => `${text.replaceAll('\n', '\r\n')}\r\n`);

/** How a host is asked: in what portions, and about users of how many domains. */
type Way = Partial<Manners> & { readonly domains?: number };

const domainOf = (key: number, domains = 1): string => ['a.example', 'b.example'][key % domains]!;

async function probe(speech: Speech, { domains, ...by }: Way, limits: object = {}, everyMs = EVERY_MS) {
  await using host = await ScriptedStream.listen(speech, '127.0.0.2', everyMs);
  const rows = new Map<string, SettledRow>();
  /** What was heard and is neither disowned nor settled, and who of them was settled otherwise. */
  const standing = new Map<number, SettledRow>();
  const unkept: string[] = [];
  const begunAt = performance.now();
  const asked = USERS.map((local, key) => ({
    key,
    address: parseAddress(`${local}@${domainOf(key, domains)}`) as Address,
  }));
  const hosts = [{ name: 'mx.a.example', ips: ['127.0.0.2'] }];
  await probeDestination(
    {
      groups: [...groupBy(asked, ({ address }) => address.domain)].map(([domain, addresses]) => ({
        domain,
        hosts,
        addresses,
        catchAll: 'no',
      })),
      manners: { rcptsPerSession: 50, rcptsPerTransaction: 20, rejectedPerSession: 8, ...by },
    },
    {
      ehloName: 'v1.verify.example.net',
      mailFrom: 'probe@verify.example.net',
      port: host.port,
      connectTimeoutMs: 2000,
      replyTimeoutMs: 300,
      sessionDeadlineMs: 5000,
      controlKey: 'secret',
      lookup: () => Promise.resolve([]),
      ...limits,
    },
    (row) => {
      rows.set(USERS[row.key]!, row);
      const before = standing.get(row.key);
      standing.delete(row.key);
      if (before !== undefined && verdictOf(before) !== verdictOf(row)) unkept.push(USERS[row.key]!);
    },
    new AbortController().signal,
    {
      heard: (told) => told.forEach((row) => standing.set(row.key, row)),
      disowned: () => standing.clear(),
    },
  );
  expect([unkept, [...standing.keys()]]).toEqual([[], []]);
  const verdicts = Object.fromEntries([...rows].map(([local, row]) => [local, verdictOf(row)]));
  return { rows, verdicts, sessions: host.sessions, ms: performance.now() - begunAt };
}

const verdictOf = ({ real, control }: SettledRow) => conclude({ real, control, catchAll: 'no' }).verdict;

const once =
  (at: string, make: (reply: string) => readonly string[]): Twist =>
  (verb, nth, reply) =>
    verb === at && nth === 0 ? make(reply) : [reply];

const STAGES = ['greeting', 'ehlo', 'mail', 'rcpt', 'rset'];
const faults: { name: string; twist: Twist }[] = [
  ...STAGES.flatMap((at) => [
    { name: `says something before its reply to ${at}`, twist: once(at, (reply) => ['250 what', reply]) },
    { name: `says something behind its reply to ${at}`, twist: once(at, (reply) => [reply, '250 what']) },
    { name: `refuses before its reply to ${at}`, twist: once(at, (reply) => [NO_SUCH_USER, reply]) },
    { name: `refuses behind its reply to ${at}`, twist: once(at, (reply) => [reply, NO_SUCH_USER]) },
    { name: `says its reply to ${at} twice`, twist: once(at, (reply) => [reply, reply]) },
    { name: `says its reply to ${at} three times`, twist: once(at, (reply) => [reply, reply, reply]) },
    { name: `swallows its reply to ${at}`, twist: once(at, () => []) },
  ]),
  { name: 'says everything twice', twist: (_, __, reply) => [reply, reply] },
  { name: 'says one thing more behind every reply', twist: (_, __, reply) => [reply, '250 what'] },
  {
    name: 'swallows the reply to the second recipient',
    twist: (verb, nth, reply) => (verb === 'rcpt' && nth === 1 ? [] : [reply]),
  },
];

const ways: readonly { readonly ehlo: string; readonly by: Way }[] = [
  { ehlo: '250 mx', by: {} },
  { ehlo: '250 mx', by: { rcptsPerTransaction: 2 } },
  { ehlo: PIPELINING, by: {} },
  { ehlo: PIPELINING, by: { rcptsPerTransaction: 2 } },
  { ehlo: PIPELINING, by: { domains: 2 } },
  { ehlo: PIPELINING, by: { domains: 2, rcptsPerTransaction: 1 } },
];

describe('a host that', () => {
  it.each(faults)('$name leads nobody astray', async ({ twist }) => {
    const found = await Promise.all(ways.map(({ ehlo, by }) => probe(twisted(twist, ehlo), by)));

    for (const { verdicts } of found) {
      expect(Object.keys(verdicts).toSorted()).toEqual(USERS.toSorted());
      for (const [local, verdict] of Object.entries(verdicts))
        expect([local.startsWith('real') ? 'valid' : 'invalid', 'retry', 'unknown']).toContain(verdict);
    }
  });

  it.each(ways)('is only slow is asked about everybody once ($ehlo, $by)', async ({ ehlo, by }) => {
    const { verdicts, sessions } = await probe(
      twisted((_, __, reply) => [reply], ehlo),
      by,
    );

    expect(verdicts).toEqual(TRUE_VERDICTS);
    expect(sessions).toHaveLength(1);
  });

  it('takes one command a packet, whatever it offers, is asked one by one', async () => {
    let isBusy = false;
    const speech: Speech = (verb, line, nth) => {
      if (isBusy) return [];
      isBusy = true;
      setImmediate(() => (isBusy = false));
      return twisted((_, __, reply) => [reply], PIPELINING)(verb, line, nth);
    };

    const { verdicts, sessions } = await probe(speech, {});

    expect(verdicts).toEqual(TRUE_VERDICTS);
    expect(sessions).toHaveLength(2);
  });

  it('makes one mistake is asked again, and then believed', async () => {
    let left = 1;
    const twist: Twist = (verb, _, reply) => (verb === 'rcpt' && left-- > 0 ? [reply, '250 what'] : [reply]);

    const { verdicts, sessions } = await probe(twisted(twist, PIPELINING), {});

    expect(verdicts).toEqual(TRUE_VERDICTS);
    expect(sessions).toHaveLength(2);
  });
});

describe('whatever is said beside the replies', () => {
  const strays = fc.array(
    fc.record({
      before: fc.array(fc.constantFrom('250 stray', '550 5.1.1 stray', '450 stray'), { maxLength: 1 }),
      behind: fc.array(fc.constantFrom('250 stray', '550 5.1.1 stray', '450 stray'), { maxLength: 1 }),
    }),
    { minLength: 1, maxLength: 12 },
  );

  it('only the reply to its own RCPT settles a row', async () => {
    await fc.assert(
      fc.asyncProperty(strays, fc.nat(6), fc.constantFrom(...ways), async (said, gap, { ehlo, by }) => {
        let nth = 0;
        const speech: Speech = (verb, line) => {
          const stray = nth++ % (gap + 1) === gap ? said[nth % said.length]! : { before: [], behind: [] };
          const own = verb === 'rcpt' ? `${HONEST['rcpt']!(line)} ${line}` : (HONEST[verb]?.(line) ?? ehlo);
          return [...stray.before, own, ...stray.behind].map(
            (text) => `${text.replaceAll('\n', '\r\n')}\r\n`,
          );
        };

        const { rows } = await probe(speech, by, { replyTimeoutMs: 200 }, 1);

        expect(rows.size).toBe(USERS.length);
        for (const [local, { real }] of rows)
          if (real.type === 'reply' && real.stage === 'rcpt')
            expect(real.reply.text).toContain(
              `RCPT TO:<${local}@${domainOf(USERS.indexOf(local), by.domains)}>`,
            );
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

describe('whatever bytes are said', () => {
  const fragment = fc.oneof(
    fc.constantFrom(
      '220 mx\r\n',
      '250 ok\r\n',
      '250-mx\r\n250 PIPELINING\r\n',
      '550 5.1.1 no\r\n',
      '421 bye\r\n',
    ),
    fc.constantFrom('2', '25', '250', ' ', '-', '\r', '\n', '\r\n', '\0', '550-x', '999 ', 'ü'),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  );
  const speech = fc.array(fc.array(fragment, { maxLength: 4 }), { minLength: 1, maxLength: 20 });
  const DEADLINE_MS = 400;

  it('nobody is accepted whom the host did not accept, and no session outlasts its deadline', async () => {
    await fc.assert(
      fc.asyncProperty(speech, async (said) => {
        let nth = 0;
        const isAsked = new Set<string>();
        let acceptances = 0;
        const say: Speech = (verb, line) => {
          if (verb === 'rcpt') isAsked.add(line.replace(/^RCPT TO:<(.*)@.*$/, '$1'));
          const now = said[nth++ % said.length]!;
          if (isAsked.size > 0) acceptances += now.join('').split(/^25[01]/m).length - 1;
          return now;
        };

        const { rows, sessions, ms } = await probe(
          say,
          {},
          { replyTimeoutMs: 60, sessionDeadlineMs: DEADLINE_MS },
          1,
        );

        const accepted = [...rows].filter(([, { real }]) => real.type === 'reply' && real.reply.code < 300);
        expect(rows.size).toBe(USERS.length);
        expect(accepted.length).toBeLessThanOrEqual(acceptances);
        for (const [local] of accepted) expect(isAsked).toContain(local);
        expect(ms).toBeLessThan(sessions.length * (DEADLINE_MS + 1000) + 1000);
      }),
      { numRuns: 60 },
    );
  }, 90_000);
});
