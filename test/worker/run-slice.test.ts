import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/domain/observation.ts';
import type { Result } from '../../src/domain/result.ts';
import type { ProbeRow } from '../../src/domain/row.ts';
import type { Onward, Slice } from '../../src/worker/messages.ts';
import type { Delivery } from '../../src/worker/outbox.ts';
import { Places } from '../../src/platform/places.ts';
import { startSlice, type Probe, type RunningSlice, type SliceTools } from '../../src/worker/run-slice.ts';
import type { DestinationJob } from '../../src/smtp/probe-destination.ts';
import { waitFor } from '../support/wait-for.ts';
import { decidedRow, idsOf, row, rows, sliceOf } from '../pool/rows.ts';
import { settings, trail } from './equipment.ts';
import { warningsDuring } from '../support/node-warnings.ts';

const manners = { rcptsPerSession: 50, rcptsPerTransaction: 10, rejectedPerSession: 10 };

/** `text` as it stands after the code: with the enhanced code where there is one. */
function reply(code: number, enhanced: string, words: string): Observation {
  return {
    type: 'reply',
    stage: 'rcpt',
    host: 'mx.a.example',
    ip: '192.0.2.7',
    reply: { code, enhanced, text: `${enhanced} ${words}` },
  };
}
const ACCEPTED = reply(250, '2.1.5', 'ok');
const UNKNOWN = reply(550, '5.1.1', 'no such user');

/** A probe that answers all addresses of a job at once: with what `answers` says of the local part, else accepted. */
function answering(
  answers: Readonly<Record<string, Observation>> = {},
  control: Observation | 'not asked' = UNKNOWN,
): Probe {
  return async (job, report) => {
    for (const { key, address } of job.groups.flatMap(({ addresses }) => addresses)) {
      report({
        key,
        real: answers[address.local] ?? ACCEPTED,
        control: control === 'not asked' ? undefined : control,
        ms: 7,
        transcript: [],
      });
    }
    return [];
  };
}

/** A probe that answers the first address of a job, and gives the others back when it is told to stop. */
const firstOnly: Probe = async (job, report, drain) => {
  const [first, ...rest] = job.groups[0]!.addresses;
  report({ key: first!.key, real: ACCEPTED, control: UNKNOWN, ms: 1, transcript: [] });
  await new Promise((resolve) => drain.addEventListener('abort', resolve));
  return rest.map(({ key }) => key);
};

/** A probe that keeps the dialogue about the first address of a job. */
const withDialogue: Probe = async (job, report) => {
  const key = job.groups[0]!.addresses[0]!.key;
  report({ key, real: ACCEPTED, control: UNKNOWN, ms: 1, transcript: ['C: QUIT', 'S: 221 bye'] });
  return [];
};

interface Run {
  readonly delivered: Delivery[];
  readonly jobs: DestinationJob[];
  readonly sentOn: Onward[];
  readonly unstarted: RunningSlice['done'];
  readonly handOn: RunningSlice['handOn'];
  readonly results: () => Result[];
}

function run(slice: Slice, probe: Probe, over: Partial<SliceTools> = {}): Run {
  const delivered: Delivery[] = [];
  const jobs: DestinationJob[] = [];
  const sentOn: Onward[] = [];
  const running = startSlice(
    { ...slice, sliceId: 3 },
    {
      probe: (job, report, drain, progress) => {
        jobs.push(job);
        return probe(job, report, drain, progress);
      },
      mannersOf: () => manners,
      destinationOf: (host) => host.replace(/^mx\.|\.example$/g, ''),
      isProbed: (destination) => destination !== 'unwanted',
      goOn: (onward) => sentOn.push(onward),
      policy: settings,
      places: new Places(20),
      deliver: (news) => delivered.push(news),
      random: () => 0.5,
      drain: new AbortController().signal,
      ...over,
    },
  );
  return {
    delivered,
    jobs,
    sentOn,
    unstarted: running.done,
    handOn: () => running.handOn(),
    results: () => delivered.flatMap(({ results }) => results),
  };
}

const settledIn = (delivered: readonly Delivery[]) => delivered.flatMap(({ settled }) => settled);
const asked = (job: DestinationJob | undefined) =>
  job?.groups.map(({ domain, addresses }) => [domain, addresses.map(({ address }) => address.local)]);

describe('startSlice', () => {
  it('runs many slices under one signal without a warning of Node', async () => {
    const drain = new AbortController().signal;

    const warnings = await warningsDuring(() =>
      Promise.all(
        Array.from(
          { length: 30 },
          (_, nth) => run(sliceOf(row(nth + 1, 'a')), answering(), { drain }).unstarted,
        ),
      ),
    );

    expect(warnings).toEqual([]);
  });

  it('hands on the destinations whose turn did not come yet, once, and goes on with the others', async () => {
    const slow = new AbortController();
    const slice = sliceOf(row(1, 'a'), row(2, 'a'), row(3, 'b'), row(4, 'c'), decidedRow(5));
    const { handOn, unstarted, results, delivered } = run(slice, firstOnly, {
      places: new Places(1),
      drain: slow.signal,
    });

    const handed = [handOn(), handOn()];
    slow.abort();

    expect(handed).toEqual([
      { unstarted: [3, 4], destinations: ['b', 'c'] },
      { unstarted: [], destinations: [] },
    ]);
    expect(await unstarted).toEqual([2]);
    expect([idsOf(results()), settledIn(delivered)]).toEqual([[1, 5], ['a']]);
  });

  it('gives what is known locally as it is, without asking anybody', async () => {
    const { jobs, unstarted, results } = run(sliceOf(decidedRow(1)), answering());

    expect([await unstarted, jobs]).toEqual([[], []]);
    expect(results()).toEqual([
      {
        id: 1,
        listId: 4,
        email: '',
        status: 'invalid',
        reason: 'syntax',
        code: undefined,
        enhanced: undefined,
        response: 'Invalid syntax: empty',
        mx: undefined,
        ip: undefined,
        answered: false,
        attempt: 0,
        throttles: 0,
        ms: 0,
        retryInSeconds: undefined,
        token: 'token',
      },
    ]);
  });

  it('keeps how often a row was asked about that ends without another probe', async () => {
    const target = {
      type: 'decided',
      verdict: 'unknown',
      reason: 'policy-block',
      response: 'not asked',
    } as const;
    const givenUp = { ...decidedRow(1), target, attempts: 5, throttles: 1 };
    const { unstarted, results } = run(sliceOf(givenUp), answering());

    expect(await unstarted).toEqual([]);
    expect(results()).toMatchObject([{ status: 'unknown', answered: false, attempt: 5, throttles: 1 }]);
  });

  it.each([
    ['no-such-domain', 'NXDOMAIN', { status: 'invalid', reason: 'no-such-domain' }],
    ['dns-failure', 'SERVFAIL', { status: 'deferred', reason: 'dns-failure' }],
  ] as const)('takes %s for the answer about every row of the domain', async (failure, detail, expected) => {
    const observed = { type: 'failure', stage: 'dns', failure, detail } as const;
    const slice = {
      ...sliceOf(...rows(1, 2, 'a')),
      routes: { 'a.example': { type: 'none', observed } as const },
    };

    const { jobs, unstarted, results } = run(slice, answering());
    await unstarted;

    expect([jobs, idsOf(results())]).toEqual([[], [1, 2]]);
    expect(results()[0]).toMatchObject({ ...expected, answered: false, attempt: 1, mx: undefined });
  });

  it('makes one job of each destination, its rows grouped by domain', async () => {
    const both = sliceOf(row(1, 'a'), row(2, 'b'), row(3, 'c'), row(4, 'a'));
    const shared = {
      type: 'hosts',
      hosts: [{ name: 'mx.shared.example', ips: undefined }],
      destination: 'shared',
    } as const;
    const slice = {
      ...both,
      routes: { ...both.routes, 'a.example': shared, 'b.example': shared },
      catchAll: { 'b.example': 'no' as const },
    };

    const { jobs, delivered, unstarted } = run(slice, answering());
    await unstarted;

    expect(jobs.map(asked)).toEqual([
      [
        ['a.example', ['row1', 'row4']],
        ['b.example', ['row2']],
      ],
      [['c.example', ['row3']]],
    ]);
    expect(jobs[0]!.groups.map(({ hosts, catchAll }) => [hosts[0]!.name, catchAll])).toEqual([
      ['mx.shared.example', undefined],
      ['mx.shared.example', 'no'],
    ]);
    expect(settledIn(delivered)).toEqual(['shared', 'c']);
  });

  it('turns each answer into its result', async () => {
    const slice = sliceOf(
      row(1, 'a'),
      { ...row(2, 'a', 'gone'), attempts: 1 },
      row(3, 'a', 'grey'),
      row(4, 'a', 'silent'),
    );
    const answers = {
      gone: UNKNOWN,
      grey: reply(450, '4.2.0', 'greylisted, try again later'),
      silent: {
        type: 'failure',
        stage: 'connect',
        failure: 'timeout',
        host: 'mx.a.example',
        ip: '192.0.2.7',
      },
    } as const;

    const { unstarted, results } = run(slice, answering(answers));
    await unstarted;

    expect(results()).toMatchObject([
      {
        id: 1,
        status: 'valid',
        response: '192.0.2.7',
        code: 250,
        enhanced: '2.1.5',
        mx: 'mx.a.example',
        answered: true,
        attempt: 1,
        ms: 7,
      },
      {
        id: 2,
        status: 'invalid',
        reason: 'mailbox-not-found',
        response: '550 5.1.1 no such user',
        answered: true,
        attempt: 2,
      },
      { id: 3, status: 'deferred', reason: 'greylisted', answered: true, code: 450 },
      { id: 4, status: 'deferred', reason: 'timeout', answered: false, code: undefined },
    ]);
    expect(results()[3]!.response).toMatch(/^timeout: /);
    expect(results().map(({ retryInSeconds }) => typeof retryInSeconds)).toEqual([
      'undefined',
      'undefined',
      'number',
      'number',
    ]);
  });

  it('keeps what the verdict stands on, and the dialogue where the probe kept one', async () => {
    const { unstarted, results } = run(sliceOf(row(1, 'a.example')), withDialogue);
    await unstarted;

    expect(results()).toMatchObject([
      {
        status: 'valid',
        stage: 'rcpt',
        rule: 'code-250',
        text: '2.1.5 ok',
        controlCode: 550,
        controlText: '5.1.1 no such user',
        transcript: 'C: QUIT\nS: 221 bye',
      },
    ]);
  });

  it('calls the domain a catch-all when the control recipient is accepted, and passes that on', async () => {
    const { delivered, unstarted, results } = run(sliceOf(row(1, 'a')), answering({}, ACCEPTED));
    await unstarted;

    expect(results()).toMatchObject([{ status: 'catch-all', reason: 'accepts-all', response: '192.0.2.7' }]);
    expect(delivered.map(({ catchAll }) => catchAll)).toContainEqual({ 'a.example': 'yes' });
  });

  it('does not pass on what it was told itself', async () => {
    const slice = { ...sliceOf(row(1, 'a')), catchAll: { 'a.example': 'yes' } as const };

    const { delivered, unstarted, results } = run(slice, answering({}, 'not asked'));
    await unstarted;

    expect(results()).toMatchObject([{ status: 'catch-all' }]);
    expect(delivered.every(({ catchAll }) => Object.keys(catchAll).length === 0)).toBe(true);
  });

  it('calls nobody invalid where everybody, the control recipient too, was refused alike', async () => {
    const same = reply(550, '5.7.1', 'Relaying denied');
    const slice = sliceOf(row(1, 'a', 'ann'), row(2, 'a', 'ben'), row(3, 'a', 'cat'));

    const { delivered, unstarted, results } = run(
      slice,
      answering({ ann: same, ben: same, cat: same }, same),
    );
    await unstarted;

    expect(results().map(({ id, status, reason }) => [id, status, reason])).toEqual(
      [1, 2, 3].map((id) => [id, 'deferred', 'refuses-everybody']),
    );
    expect(delivered.map(({ catchAll }) => catchAll)).not.toContainEqual({ 'a.example': 'no' });
  });

  it('holds back only a refusal that all may be getting, and only until somebody gets another answer', async () => {
    const same = reply(550, '5.0.0', 'Recipient rejected');
    const slice = sliceOf(row(1, 'a', 'ann'), row(2, 'a', 'grey'), row(3, 'a', 'ben'), row(4, 'a', 'eve'));
    const answers = { ann: same, grey: reply(451, '4.3.0', 'later'), ben: ACCEPTED, eve: same };

    const { unstarted, results } = run(slice, answering(answers, 'not asked'));
    await unstarted;

    expect(results().map(({ id, status }) => [id, status])).toEqual([
      [2, 'deferred'],
      [1, 'invalid'],
      [3, 'valid'],
      [4, 'invalid'],
    ]);
  });

  it.each([undefined, 'no', 'unknown', 'yes'] as const)(
    'calls nobody plainly valid whose provider accepts anybody, whatever is known of the domain (%s)',
    async (catchAll) => {
      const hosts = [{ name: 'mta5.am0.yahoodns.net', ips: undefined }];
      const yahoo = { type: 'hosts', hosts, destination: 'yahoo' } as const;
      const accepted = { ...ACCEPTED, host: 'mta5.am0.yahoodns.net' };
      const slice = {
        ...sliceOf(row(1, 'a', 'ann')),
        routes: { 'a.example': yahoo },
        catchAll: catchAll === undefined ? {} : { 'a.example': catchAll },
      };

      for (const control of ['not asked', { ...UNKNOWN, host: 'mta5.am0.yahoodns.net' }] as const) {
        const { unstarted, results } = run(slice, answering({ ann: accepted }, control));
        await unstarted;

        expect(results()).toMatchObject([{ status: 'catch-all', reason: 'provider-accepts-all' }]);
      }
    },
  );

  it('asks once about rows with the same address, and gives each its own result', async () => {
    const again: ProbeRow = { ...row(2, 'a', 'ann'), listId: 9, attempts: 3, token: 'other' };

    const { jobs, unstarted, results } = run(
      sliceOf(row(1, 'a', 'ann'), again, row(3, 'a', 'Ann')),
      answering(),
    );
    await unstarted;

    expect(asked(jobs[0])).toEqual([['a.example', ['ann', 'Ann']]]);
    expect(results().map(({ id, listId, attempt, token }) => [id, listId, attempt, token])).toEqual([
      [1, 4, 1, 'token'],
      [2, 9, 4, 'other'],
      [3, 4, 1, 'token'],
    ]);
  });

  it('lets the next job begin when one has only its goodbye to hear, and says later that it is settled', async () => {
    const places = new Places(1);
    let hearGoodbye = (): void => undefined;
    const goodbye = new Promise<void>((resolve) => (hearGoodbye = resolve));
    const begun: string[] = [];
    const probe: Probe = async (job, report, drain, progress) => {
      begun.push(job.groups[0]!.domain);
      const unstarted = await answering()(job, report, drain, progress);
      progress.parting();
      if (begun.length === 1) await goodbye;
      else hearGoodbye();
      return unstarted;
    };

    const { unstarted, delivered } = run(sliceOf(row(1, 'd1'), row(2, 'd2')), probe, { places });
    await unstarted;

    expect(begun).toHaveLength(2);
    expect(delivered.flatMap(({ settled }) => settled)).toHaveLength(2);
  });

  it('tells of each session that ended as it should, before the destination is settled', async () => {
    const probe: Probe = async (job, report, drain, progress) => {
      progress.sessionOver();
      const unstarted = await answering()(job, report, drain, progress);
      progress.sessionOver();
      return unstarted;
    };

    const { unstarted, delivered } = run(sliceOf(row(1, 'a')), probe);
    await unstarted;

    const told = delivered.flatMap(({ sessions, settled }) => [
      ...sessions,
      ...settled.map((at) => `${at} settled`),
    ]);
    expect(told).toEqual(['a', 'a', 'a settled']);
  });

  it('has no more jobs under way than there are places, across slices', async () => {
    const places = new Places(2);
    let [now, most] = [0, 0];
    const probe: Probe = async (job, report, drain, progress) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return answering()(job, report, drain, progress);
    };

    const runs = [1, 11].map((first) =>
      run(sliceOf(...[0, 1, 2].map((n) => row(first + n, `d${first + n}`))), probe, { places }),
    );
    await Promise.all(runs.map(({ unstarted }) => unstarted));

    expect([most, runs.flatMap(({ results }) => idsOf(results()))]).toEqual([2, [1, 2, 3, 11, 12, 13]]);
  });

  /** A probe that hears everybody, then settles them, or has its session disowned and gives everybody back. */
  const hearing =
    (answers: Readonly<Record<string, Observation>>, ends: 'settled' | 'disowned'): Probe =>
    async (job, report, _, { heard, disowned }) => {
      const all = job.groups.flatMap(({ addresses }) => addresses);
      const found = all.map(({ key, address }) => ({
        key,
        real: answers[address.local] ?? ACCEPTED,
        control: undefined,
        ms: 7,
        transcript: [],
      }));
      for (const one of found) heard([one]);
      if (ends === 'settled') for (const one of found) report(one);
      else disowned();
      return ends === 'settled' ? [] : all.map(({ key }) => key);
    };

  /** Runs with a journal, of which it gives the story, deliveries among it. */
  async function journaled(slice: Slice, probe: Probe): Promise<readonly string[]> {
    const story: string[] = [];
    const told = (what: string, ids: readonly (number | string)[]): void => {
      if (ids.length > 0) story.push(`${what} ${ids.join()}`);
    };
    const { unstarted } = run(slice, probe, {
      journal: {
        write: (results) =>
          told(
            'write',
            results.map(({ id, status }) => `${id} ${status}`),
          ),
        withdraw: (ids) => told('withdraw', ids),
      },
      deliver: ({ results }, isWritten) =>
        told(
          isWritten ? 'deliver' : 'write and deliver',
          results.map(({ id }) => id),
        ),
    });
    await unstarted;
    return story;
  }

  it('writes down what is heard, for each row of the address, and delivers it when it is settled', async () => {
    const slice = sliceOf(row(1, 'a', 'ann'), row(2, 'a', 'ben'), row(3, 'a', 'ann'));

    expect(await journaled(slice, hearing({ ben: UNKNOWN }, 'settled'))).toEqual([
      'write 1 valid,3 valid',
      'write 2 invalid',
      'deliver 1,3',
      'deliver 2',
    ]);
  });

  it('withdraws what was heard of a session that is disowned', async () => {
    const slice = sliceOf(row(1, 'a', 'ann'), row(2, 'a', 'ben'), row(3, 'a', 'ann'));

    expect(await journaled(slice, hearing({}, 'disowned'))).toEqual([
      'write 1 valid,3 valid',
      'write 2 valid',
      'withdraw 1,3,2',
    ]);
  });

  it('writes a refusal down that all may be getting when somebody got another answer, and not before', async () => {
    const same = reply(550, '5.0.0', 'Recipient rejected');
    const slice = sliceOf(row(1, 'a', 'ann'), row(2, 'a', 'ben'), row(3, 'a', 'cat'));

    expect(await journaled(slice, hearing({ ann: same, ben: same }, 'settled'))).toEqual([
      'write 1 invalid,2 invalid,3 valid',
      'deliver 1',
      'deliver 2',
      'deliver 3',
    ]);
    expect(await journaled(slice, hearing({ ann: same, ben: same, cat: same }, 'settled'))).toEqual([
      'write and deliver 1',
      'write and deliver 2',
      'write and deliver 3',
    ]);
    expect(await journaled(slice, hearing({ ann: same, ben: same }, 'disowned'))).toEqual([
      'write 1 invalid,2 invalid,3 valid',
      'withdraw 1,2,3',
    ]);
  });

  it('writes a result down again that more came to be known of', async () => {
    const probe: Probe = async (_, report, __, { heard }) => {
      const found = { key: 1, real: UNKNOWN, control: undefined, ms: 7, transcript: [] };
      heard([found]);
      report({ ...found, control: UNKNOWN });
      return [];
    };

    expect(await journaled(sliceOf(row(1, 'a')), probe)).toEqual(['write 1 invalid', 'write and deliver 1']);
  });

  it('sends rows on that hosts of another destination are next for, all of an address', async () => {
    const hosts = ['mx.a.example', 'mx.unwanted.example', 'mx.c.example'].map((name) => ({
      name,
      ips: undefined,
    }));
    const twin = { ...row(4, 'a', 'row2'), listId: 5 };
    const slice = {
      ...sliceOf(row(1, 'a'), row(2, 'a'), twin, row(3, 'b')),
      routes: {
        ...sliceOf(row(3, 'b')).routes,
        'a.example': { type: 'hosts', hosts, destination: 'a' },
      },
    } as const;
    const reaches: (string | undefined)[] = [];
    const probe: Probe = async (job, report, drain, progress) => {
      const [group] = job.groups;
      if (group?.domain !== 'a.example') return answering()(job, report, drain, progress);
      reaches.push(...hosts.map((host) => job.reach?.(host)));
      const [first, second] = group.addresses;
      report({ key: first!.key, real: ACCEPTED, control: UNKNOWN, ms: 1, transcript: [] });
      progress.goOn([{ key: second!.key, startsAt: 2, trail }]);
      return [];
    };

    const { sentOn, unstarted, results, delivered } = run(slice, probe);

    expect([await unstarted, idsOf(results()), settledIn(delivered)]).toEqual([[], [1, 3], ['b']]);
    expect(reaches).toEqual(['here', 'never', 'elsewhere']);
    expect(sentOn).toEqual([
      {
        sliceId: 3,
        destination: 'a',
        rows: [
          { id: 2, trail },
          { id: 4, trail },
        ],
        stops: { 'a.example': { startsAt: 2, destination: 'c' } },
      },
    ]);
  });

  it('begins with the host where a row goes on, by its manners, and with what the row brings along', async () => {
    const hosts = ['mx.a.example', 'mx.c.example'].map((name) => ({ name, ips: undefined }));
    const there = { ...row(1, 'a'), target: { ...row(1, 'a').target, trail } as ProbeRow['target'] };
    const slice = {
      ...sliceOf(there),
      routes: { 'a.example': { type: 'hosts', hosts, startsAt: 1, destination: 'c' } },
    } as const;
    const manneredBy: (string | undefined)[] = [];
    const mannersOf: SliceTools['mannersOf'] = ([best]) => {
      manneredBy.push(best?.name);
      return manners;
    };
    const fromBackup = { ...ACCEPTED, host: 'mx.c.example' };

    const { jobs, unstarted, delivered } = run(slice, answering({ row1: fromBackup }, fromBackup), {
      mannersOf,
    });
    await unstarted;

    expect(manneredBy).toEqual(['mx.c.example']);
    expect(jobs[0]?.groups).toMatchObject([{ hosts, startsAt: 1, addresses: [{ key: 1, trail }] }]);
    // It accepts anybody, which says nothing about the host before it.
    expect(delivered.map(({ results, catchAll }) => [results.map(({ status }) => status), catchAll])).toEqual(
      [
        [['catch-all'], {}],
        [[], {}],
      ],
    );
  });

  it('gives back what was not started when it is told to stop', async () => {
    const stop = new AbortController();

    const { jobs, delivered, unstarted, results } = run(
      sliceOf(...rows(1, 3, 'a'), { ...row(4, 'a', 'row3') }, row(5, 'b')),
      firstOnly,
      { places: new Places(1), drain: stop.signal },
    );
    await waitFor(() => results().length === 1, 'the first result');
    stop.abort();

    expect([...(await unstarted)].toSorted()).toEqual([2, 3, 4, 5]);
    expect([jobs.length, settledIn(delivered)]).toEqual([1, ['a', 'b']]);
  });

  it('starts nothing when it was told to stop before', async () => {
    const { jobs, delivered, unstarted } = run(sliceOf(row(1, 'a'), decidedRow(2)), answering(), {
      drain: AbortSignal.abort(),
    });

    expect([await unstarted, jobs, delivered]).toEqual([[1, 2], [], []]);
  });

  it.each([
    ['says nothing of a row', async () => []],
    [
      'tells of a row twice',
      async (job, report) => {
        const { key } = job.groups[0]!.addresses[0]!;
        report({ key, real: ACCEPTED, control: undefined, ms: 1, transcript: [] });
        report({ key, real: ACCEPTED, control: undefined, ms: 1, transcript: [] });
        return [];
      },
    ],
  ] satisfies [string, Probe][])('does not pass over a probe that %s', async (_name, probe) => {
    await expect(run(sliceOf(row(1, 'a')), probe).unstarted).rejects.toThrow(/the probe told/);
  });
});
