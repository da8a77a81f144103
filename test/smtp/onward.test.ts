// Rows that go from one job to the next, host by host, as they do when the hosts are of several destinations: they must end
// as in one job that may connect to all of them.

import { describe, expect, it } from 'vitest';
import { parseAddress, type Address } from '../../src/domain/address.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { wordsOf } from '../../src/domain/reply-words.ts';
import type { MxHost } from '../../src/domain/route.ts';
import {
  probeDestination,
  type DestinationGroup,
  type DestinationSettings,
  type OnwardRow,
  type Reach,
  type SettledRow,
} from '../../src/smtp/probe-destination.ts';
import { ScriptedHost, SILENCE, type Script } from './scripted-host.ts';

const manners = { rcptsPerSession: 50, rcptsPerTransaction: 20, rejectedPerSession: 8 };

const settingsFor = (port: number): DestinationSettings => ({
  ehloName: 'v1.verify.example.net',
  mailFrom: 'probe@verify.example.net',
  port,
  connectTimeoutMs: 2000,
  replyTimeoutMs: 100,
  sessionDeadlineMs: 10_000,
  controlKey: 'secret',
  lookup: (host) => Promise.reject(new Error(`nobody should look up ${host}`)),
});

const hosts: readonly MxHost[] = ['127.0.0.2', '127.0.0.3', '127.0.0.4'].map((ip, at) => ({
  name: `mx${at + 1}.example.net`,
  ips: [ip],
}));

function group(over: Partial<DestinationGroup> = {}): DestinationGroup {
  const addresses = ['real@a.example', 'gone@a.example', 'grey@a.example'].map((text, at) => ({
    key: at + 1,
    address: parseAddress(text) as Address,
  }));
  return { domain: 'a.example', hosts, addresses, catchAll: undefined, ...over };
}

interface Job {
  readonly settled: SettledRow[];
  readonly onward: OnwardRow[];
  readonly unstarted: readonly number[];
}

async function run(
  asked: DestinationGroup,
  port: number,
  reach?: (host: MxHost) => Reach,
  signal = new AbortController().signal,
): Promise<Job> {
  const settled: SettledRow[] = [];
  const onward: OnwardRow[] = [];
  const unstarted = await probeDestination(
    { groups: [asked], manners, reach },
    settingsFor(port),
    (row) => settled.push(row),
    signal,
    { goOn: (rows) => onward.push(...rows) },
  );
  return { settled, onward, unstarted };
}

/** A job of its own for each host. */
async function hostByHost(port: number): Promise<SettledRow[]> {
  const settled: SettledRow[] = [];
  let asked: DestinationGroup | undefined = group();
  while (asked !== undefined) {
    const job: Job = await run(asked, port, () => 'elsewhere');
    settled.push(...job.settled);
    asked = job.onward.length === 0 ? undefined : further(asked, job.onward);
  }
  return settled;
}

function further(asked: DestinationGroup, onward: readonly OnwardRow[]): DestinationGroup {
  const addresses = onward.map(({ key, trail }) => ({
    ...asked.addresses.find((row) => row.key === key)!,
    trail,
  }));
  return { ...asked, startsAt: onward[0]!.startsAt, addresses };
}

const inOrder = (rows: readonly SettledRow[]) =>
  rows
    .toSorted((a, b) => a.key - b.key)
    .map(({ key, real, control, transcript }) => ({ key, real, control, transcript: uncut(transcript) }));

/** Of two long dialogues other lines are left out than of both together. */
const uncut = (lines: readonly string[]) =>
  lines.some((line) => line.endsWith('lines left out)')) ? 'more than is kept' : lines;

/** What rules match of a reply. */
const wordsSaid = (found: Finding) => (found.type === 'reply' ? wordsOf(found.reply) : undefined);

const bySender = (line: string): string => {
  if (line.includes('<real@')) return '250 2.1.5 ok';
  return line.includes('<grey@') ? '450 4.7.1 Greylisted' : '550 5.1.1 no such user';
};

const SCRIPTS: Readonly<Record<string, Script>> = {
  accepts: { rcpt: '250 2.1.5 ok' },
  'tells apart': { rcpt: bySender },
  greylists: { rcpt: '450 4.7.1 Greylisted' },
  'denies the domain': { rcpt: '554 5.7.1 Relay access denied' },
  'hangs up': { greeting: { end: 'close' } },
  'says nothing to RCPT': { rcpt: SILENCE },
  'refuses us': { greeting: '554 5.7.1 no service' },
};
const NAMES = Object.keys(SCRIPTS);
const pairs = NAMES.flatMap((best) => NAMES.map((second) => [best, second] as const));

describe('a row that goes on', () => {
  it.each(pairs)('ends as in one job where the best host %s and the next one %s', async (best, second) => {
    await using first = await ScriptedHost.listen(SCRIPTS[best]!, '127.0.0.2');
    await using next = await ScriptedHost.listen(SCRIPTS[second]!, '127.0.0.3', first.port);
    await using last = await ScriptedHost.listen(SCRIPTS['tells apart']!, '127.0.0.4', first.port);
    const heard = () => [first, next, last].map((host) => host.heard);

    const whole = await run(group(), first.port);
    const once = heard();
    const divided = await hostByHost(first.port);

    expect(inOrder(divided)).toEqual(inOrder(whole.settled));
    expect(heard()).toEqual(once.map((lines) => [...lines, ...lines]));
  });

  it('is passed over by hosts that are never to be asked, and ends when there is no other', async () => {
    await using first = await ScriptedHost.listen(SCRIPTS['greylists']!, '127.0.0.2');
    const lastOnly = (host: MxHost): Reach => (host === hosts[2] ? 'elsewhere' : 'never');

    const [onward, ended] = [
      await run(group(), first.port, lastOnly),
      await run(group(), first.port, () => 'never'),
    ];

    expect([onward.settled, onward.onward.map(({ startsAt }) => startsAt)]).toEqual([[], [2, 2, 2]]);
    expect(ended.onward).toEqual([]);
    expect(ended.settled.map(({ real }) => real.host)).toEqual([
      hosts[0]!.name,
      hosts[0]!.name,
      hosts[0]!.name,
    ]);
  });

  it('is given back, or settled where it was put off, by a job that is broken off', async () => {
    await using first = await ScriptedHost.listen(SCRIPTS['hangs up']!, '127.0.0.2');
    const trails = (await run(group(), first.port, () => 'elsewhere')).onward;
    const [one, two, three] = trails as [OnwardRow, OnwardRow, OnwardRow];
    const reply = { code: 450, enhanced: '4.7.1', text: '4.7.1 Greylisted' };
    const putOff = { type: 'reply', stage: 'rcpt', host: hosts[0]!.name, reply } as const;
    const asked = further(group(), [one, { ...two, trail: { ...two.trail, evidence: putOff } }, three]);

    const { settled, onward, unstarted } = await run(asked, first.port, undefined, AbortSignal.abort());

    expect([settled.map(({ key, real }) => [key, real]), onward, unstarted]).toEqual([
      [[2, putOff]],
      [],
      [1, 3],
    ]);
  });

  it('brings no more along than is kept in the end, however much was said, and that of its beginning and its end', async () => {
    const words = Array.from({ length: 150 }, (_, at) => `451-4.3.0 ${at} ${'trouble '.repeat(12)}`);
    await using first = await ScriptedHost.listen(
      { rcpt: [...words, '451 4.3.0 greylisted'].join('\n') },
      '127.0.0.2',
    );

    const { settled: whole } = await run({ ...group(), hosts: hosts.slice(0, 1) }, first.port);
    const { onward } = await run(group(), first.port, () => 'elsewhere');

    expect(onward).toHaveLength(3);
    for (const { trail } of onward) {
      expect(JSON.stringify(trail).length).toBeLessThan(10_000);
      expect(wordsSaid(trail.evidence)).toEqual(wordsSaid(whole[0]!.real));
    }
  });
});
