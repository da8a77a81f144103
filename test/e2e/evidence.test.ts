// Evidence and domain facts through the built program: what a cycle leaves, and what the commands make of it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type World, type WorldList } from '../support/internet/world.ts';
import type { Zone } from '../support/internet/zone.ts';
import { hasMariadb, Installation } from './installation.ts';

const stores = [
  { database: 'mysql', isThere: hasMariadb() },
  { database: 'sqlite', isThere: true },
] as const;

const world: World = makeWorld({
  seed: 23,
  domains: 60,
  without: ['silent', 'silent-at-rcpt', 'endless-banner', 'endless-continuation'],
  lists: [
    { userId: 5, addresses: 220 },
    { userId: 8, addresses: 80 },
  ],
});

interface Story {
  readonly query: string;
  readonly more: boolean;
  readonly rows: readonly {
    readonly id: number;
    readonly columns: Readonly<Record<string, unknown>>;
    readonly evidence: Readonly<Record<string, unknown>> | null;
    readonly story: readonly { readonly about: string; readonly text: string }[];
  }[];
}

describe.each(stores.filter(({ isThere }) => isThere))('evidence on $database', ({ database }) => {
  let installation: Installation;
  const explainJson = async (what: string): Promise<Story> =>
    JSON.parse((await installation.run(['explain', what, '--json'])).stdout) as Story;

  beforeAll(async () => {
    installation = await Installation.make({ database, world, latencyMs: 1 });
    await installation.runUntilDecided();
  }, 120_000);
  afterAll(async () => installation[Symbol.asyncDispose]());

  it('stands beside every verdict, and agrees with it', async () => {
    const [odd] = await installation.database.query<{ n: number }>(
      `SELECT COUNT(*) AS n FROM emails e LEFT JOIN svc_verdict v ON v.row_id = e.id
       WHERE v.row_id IS NULL OR v.status <> e.validation_status OR (v.attempt > 0 AND v.rule_id IS NULL)`,
    );

    expect(odd!.n).toBe(0);
  });

  it('gives the same verdicts again when today’s rules are those of the cycle', async () => {
    const { exitCode, stdout, stderr } = await installation.run(['reclassify']);

    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toMatch(/^\d{3} verdicts with evidence looked at, 0 would be otherwise/);
  });

  it('is told as a story, as text and as one JSON document', async () => {
    const [refused] = await installation.database.query<{ id: number; raw_emailid: string }>(
      `SELECT e.id, e.raw_emailid FROM emails e JOIN svc_verdict v ON v.row_id = e.id WHERE v.reason = 'mailbox-not-found' LIMIT 1`,
    );

    const byId = await installation.run(['explain', `id:${refused!.id}`]);
    const byAddress = await explainJson(refused!.raw_emailid);

    expect(byId.exitCode).toBe(0);
    expect(byId.stdout).toContain(`Row ${refused!.id}: ${refused!.raw_emailid} (list `);
    expect(byId.stdout).toMatch(/ {2}Verdict: +invalid \(mailbox-not-found\)\. The mail server says/);
    expect(byId.stdout).toMatch(/ {2}Said: +"55\d .*" in reply to RCPT TO with this address/);
    expect(byId.stdout).toMatch(/ {2}Conclusion: +invalid \(mailbox-not-found\), by rule \S+ \(/);
    expect(byAddress.more).toBe(false);
    expect(byAddress.rows.map(({ id }) => id)).toEqual([refused!.id]);
    expect(byAddress.rows[0]!.columns).toMatchObject({ validation_status: 'invalid', domain_processed: 1 });
    expect(byAddress.rows[0]!.evidence).toMatchObject({ stage: 'rcpt', status: 'invalid', attempt: 1 });
  });

  it.each([
    { what: 'nobody@nowhere.example', exitCode: 1, says: 'no row has this address' },
    { what: 'id:999999', exitCode: 1, says: 'no row has this id' },
    { what: 'id:', exitCode: 64, says: 'expected john@example.com, or id:123' },
    { what: 'john', exitCode: 64, says: 'expected john@example.com, or id:123' },
  ])('answers explain $what with $exitCode', async ({ what, exitCode, says }) => {
    const run = await installation.run(['explain', what]);

    expect(run.exitCode).toBe(exitCode);
    expect(run.stderr).toContain(says);
    expect(run.stdout).toBe('');
  });

  it('prints nothing of a row that could repaint a terminal', async () => {
    await installation.database.execute(
      'INSERT INTO emails (id, raw_emailid, user_id, domain_processed, validation_status, validation_response) VALUES (90001, ?, 5, 1, ?, ?)',
      ['a@b.example', 'un\u001b[2Jknown', 'no\r\n\u001b[31mForged: line\u202e'],
    );

    const { stdout } = await installation.run(['explain', 'id:90001']);

    expect(stdout).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    expect(stdout.split('\n').filter((line) => line.startsWith('Forged'))).toEqual([]);
    await installation.database.execute('DELETE FROM emails WHERE id = 90001');
  });

  it('is told without a contradiction for every reason that came up', async () => {
    const found = await installation.database.query<{ id: number; reason: string; status: string }>(
      'SELECT MIN(row_id) AS id, reason, status FROM svc_verdict GROUP BY reason, status',
    );

    expect(found.length).toBeGreaterThan(12);
    for (const { id, reason, status } of found) {
      const { story } = (await explainJson(`id:${id}`)).rows[0]!;
      const told = Object.fromEntries(story.map(({ about, text }) => [about, text]));
      expect(told['verdict'], reason).toMatch(new RegExp(`^${status} \\(${reason}\\)\\. [A-Z].*\\.$`));
      expect(told['conclusion'], reason).toMatch(new RegExp(`^${status} \\(${reason}\\)`));
      expect(told['conclusion'], reason).not.toContain('a rule that this version no longer has');
      expect(told['why not'], reason).toMatch(/^Not [a-z-]+: .*\.$/);
      expect(told['why not'], reason).not.toContain(`Not ${status}:`);
      expect(told['waiting'], reason).toBe('no: it is decided');
    }
  }, 60_000);

  it('stands in one document however hostile the row is, also where it has nothing but an address', async () => {
    const hostile = `550 \u001b[31mno\u0000\u202egnorts\u2066\u200b ${'x'.repeat(700)}`;
    await installation.database.execute(
      `INSERT INTO emails (id, raw_emailid, user_id, csv_list_id, domain_processed, validation_status, validation_response)
       VALUES (90001, ?, NULL, NULL, 0, NULL, NULL), (90002, 'ann@xn--bcher-kva.example', 5, 1, 1, 'invalid', ?),
         (90003, 'ann@xn--bcher-kva.example', 5, NULL, 1, 'valid', NULL)`,
      ['a\u202eb@c.example', hostile],
    );
    try {
      const text = await installation.run(['explain', 'Ann@Bücher.example']);
      const json = await installation.run(['explain', 'Ann@Bücher.example', '--json']);
      const nobodys = await installation.run(['explain', 'id:90001']);

      const document = JSON.parse(json.stdout) as Story;
      expect(document.rows.map(({ id }) => id)).toEqual([90003, 90002]);
      expect(json.stdout.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      expect(document.rows[1]!.evidence).toBeNull();
      expect(text.stdout).toContain('invalid; no evidence is kept: it was decided by another program');
      expect(text.stdout).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
      expect(text.stdout.split('\n').every((line) => line.length < 2100)).toBe(true);
      expect(nobodys.stdout).toContain('for an owner: neither the row nor its list names a user');
      expect(nobodys.stdout).toContain('validation_status NULL');
    } finally {
      await installation.database.execute('DELETE FROM emails WHERE id > 90000');
    }
  });

  it('is judged again: prints what is otherwise, and writes it only with --apply', async () => {
    const verdicts = () =>
      installation.database.query(
        'SELECT id, domain_status, validation_status, validation_response FROM emails ORDER BY id',
      );
    const counts = () =>
      installation.database.query('SELECT id, status, valid_count, invalid_count FROM csv_list ORDER BY id');
    const [good, goodCounts] = [await verdicts(), await counts()];
    // What an older version might have made of it: unknown mailboxes, all of them blocks.
    await installation.database.execute(
      `UPDATE svc_verdict SET status = 'unknown', reason = 'policy-block', rule_id = 'old' WHERE reason = 'mailbox-not-found'`,
    );
    await installation.database.execute(
      `UPDATE emails SET domain_status = 2, validation_status = 'unknown' WHERE id IN (SELECT row_id FROM svc_verdict WHERE rule_id = 'old')`,
    );
    await installation.database.execute(
      'UPDATE csv_list SET invalid_count = (SELECT COUNT(*) FROM emails WHERE csv_list_id = csv_list.id AND domain_status = 0)',
    );
    const spoilt = await verdicts();

    const shown = await installation.run(['reclassify', '--list', '1', '--json']);
    const afterShown = await verdicts();
    const applied = await installation.run(['reclassify', '--apply']);

    const document = JSON.parse(shown.stdout) as {
      differences: { list_id: number; from: string; to: string }[];
      summary: { changes: Record<string, number>; applied: boolean; revised: number };
    };
    expect(document.differences.length).toBeGreaterThan(0);
    expect(new Set(document.differences.map((one) => `${one.list_id} ${one.from} ${one.to}`))).toEqual(
      new Set(['1 unknown invalid']),
    );
    expect(document.summary).toMatchObject({
      changes: { 'unknown -> invalid': document.differences.length },
      applied: false,
      revised: 0,
    });
    expect(afterShown).toEqual(spoilt);
    expect(applied.stdout).toMatch(
      /^id:\d+ list \d \S+ {2}unknown \(policy-block\) -> invalid \(mailbox-not-found\) {2}rule \S+$/m,
    );
    expect(await verdicts()).toEqual(good);
    expect(await counts()).toEqual(goodCounts);
  });

  it('queues rows again with retry, and a cycle decides them anew', async () => {
    const [{ n }] = (await installation.database.query<{ n: number }>(
      "SELECT COUNT(*) AS n FROM emails WHERE csv_list_id = 1 AND validation_status = 'unknown'",
    )) as [{ n: number }];
    const before = await installation.database.query(
      'SELECT id, validation_status, domain_status FROM emails ORDER BY id',
    );
    const lists = await installation.database.query('SELECT * FROM csv_list ORDER BY id');

    const dry = await installation.run(['retry', '--list', '1', '--dry-run', '--json']);
    const real = await installation.run(['retry', '--list', '1']);
    const pending = await installation.pending();
    await installation.runUntilDecided();

    expect(n).toBeGreaterThan(0);
    expect(JSON.parse(dry.stdout)).toMatchObject({ list_id: 1, queued: n, left: 0, dry_run: true });
    expect(real.stdout).toBe(`List 1: ${n} rows queued again; the next cycle takes them\n`);
    expect(pending).toBe(n);
    expect(
      await installation.database.query(
        'SELECT id, validation_status, domain_status FROM emails ORDER BY id',
      ),
    ).toEqual(before);
    expect(await installation.database.query('SELECT * FROM csv_list ORDER BY id')).toEqual(lists);
  }, 60_000);

  it('says that there is nothing to queue again, and why that may be', async () => {
    const { exitCode, stdout } = await installation.run([
      'retry',
      '--list',
      '1',
      '--reason',
      'worker-crashed',
    ]);

    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout:
        'List 1: no decided row of this kind to queue again (a row that another program decided has no reason); nothing was changed\n',
    });
  });

  it.each([
    { args: ['retry'], exitCode: 64, says: 'expected --list N' },
    { args: ['retry', '--list', '1', '--reason', 'gone-fishing'], exitCode: 64, says: 'is not a reason' },
    { args: ['retry', '--list', '99'], exitCode: 1, says: 'there is no list 99' },
    { args: ['retry', '--list', 'one'], exitCode: 64, says: 'expected a whole number' },
    { args: ['retry', '--list', '-1'], exitCode: 64, says: 'expected a whole number' },
    {
      args: ['retry', '--list', '1', '--status', 'good', '--dry-run'],
      exitCode: 64,
      says: 'Allowed choices are',
    },
    { args: ['explain', 'id:-1'], exitCode: 1, says: 'no row has this id' },
    { args: ['reclassify', '--since', 'yesterday'], exitCode: 64, says: '2026-11-05' },
  ])('refuses $args', async ({ args, exitCode, says }) => {
    const run = await installation.run(args);

    expect(run.exitCode).toBe(exitCode);
    expect(run.stderr).toContain(says);
  });
});

describe('what is known of domains', () => {
  const domain = 'all.example';
  const zone: Record<string, Zone[string]> = {
    [domain]: { mx: [{ preference: 10, exchange: 'mx1.all.example' }] },
    'mx1.all.example': { a: ['127.9.0.1'] },
    'mx2.all.example': { a: ['127.9.0.2'] },
  };
  const host = (name: string, ip: string) => ({
    name,
    ip,
    script: { domains: [domain], catchAll: true as const },
  });
  const listOf = (...locals: string[]): WorldList => ({
    userId: 5,
    name: 'list',
    addresses: locals.map((local) => ({
      email: `${local}@${domain}`,
      kind: 'catch-all',
      verdict: 'catch-all',
      reason: 'accepts-all',
    })),
  });
  const small: World = {
    zone,
    hosts: [host('mx1.all.example', '127.9.0.1'), host('mx2.all.example', '127.9.0.2')],
    lists: [listOf('ann', 'bob')],
    excludedAccounts: [],
    excludedDomains: [],
  };

  it('saves the control recipient in the next cycle, until the MX set is another', async () => {
    await using installation = await Installation.make({ database: 'sqlite', world: small });
    const asked = async (list: number, ...locals: string[]) => {
      const before = installation.internet.witness.recipients().length;
      if (list > 1) {
        await installation.database.execute(
          'INSERT INTO csv_list (id, user_id, total_emails) VALUES (?, 5, ?)',
          [list, locals.length],
        );
        for (const local of locals) {
          await installation.database.execute(
            'INSERT INTO emails (raw_emailid, csv_list_id, user_id) VALUES (?, ?, 5)',
            [`${local}@${domain}`, list],
          );
        }
      }
      await installation.run([]);
      const recipients = installation.internet.witness.recipients().slice(before);
      return recipients.map(({ address }) => address.split('@')[0]!).toSorted();
    };

    const first = await asked(1, 'ann', 'bob');
    const second = await asked(2, 'carol', 'dave');
    zone[domain] = {
      mx: [
        { preference: 10, exchange: 'mx1.all.example' },
        { preference: 20, exchange: 'mx2.all.example' },
      ],
    };
    const third = await asked(3, 'erin');

    const control = first.filter((local) => local !== 'ann' && local !== 'bob');
    expect(control).toHaveLength(1);
    expect(second).toEqual(['carol', 'dave']);
    expect(third).toEqual([...control, 'erin'].toSorted());
    expect(
      await installation.database.query('SELECT DISTINCT validation_status AS status FROM emails'),
    ).toEqual([{ status: 'catch-all' }]);
    const { stdout } = await installation.run(['explain', `carol@${domain}`]);
    expect(stdout).toContain(
      'not asked about an address that cannot exist: it was known already that the domain’s hosts accept everybody',
    );
    expect(stdout).toMatch(/ {2}Domain: +its hosts accept everybody: learned /);
  }, 60_000);
});
