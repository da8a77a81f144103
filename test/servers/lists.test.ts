// Lists as an operator handles them through the built program: imported, cut off and imported again, exported, paused while
// they are worked on.

import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatAddress, parseAddress } from '../../src/domain/address.ts';
import { makeWorld, type World } from '../support/internet/world.ts';
import { waitFor } from '../support/wait-for.ts';
import { hasMariadb, Installation } from '../e2e/installation.ts';

const stores = [
  { database: 'mysql', isThere: hasMariadb() },
  { database: 'sqlite', isThere: true },
] as const;

const world: World = makeWorld({
  seed: 29,
  domains: 40,
  without: ['silent', 'silent-at-rcpt', 'endless-banner', 'endless-continuation'],
  lists: [
    { userId: 5, addresses: 300 },
    { userId: 8, addresses: 300 },
  ],
});

interface ImportDocument {
  readonly list_id: number;
  readonly imported: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly left_out_file: string | null;
}

/** Those that an import takes, each once, and that need no quotes. */
function wellFormed(addresses: readonly { readonly email: string }[]): readonly { readonly email: string }[] {
  const byAddress = new Map<string, { readonly email: string }>();
  for (const { email } of addresses) {
    const address = parseAddress(email);
    if (email.length > 140 || email.includes('"') || email !== email.trim() || 'problem' in address) continue;
    byAddress.set(formatAddress(address), { email });
  }
  return [...byAddress.values()];
}

describe.each(stores.filter(({ isThere }) => isThere))('lists on $database', ({ database }) => {
  let installation: Installation;
  const count = async (sql: string): Promise<number> => {
    const [row] = await installation.database.query<{ n: number }>(sql);
    return Number(row!.n);
  };
  const write = (name: string, text: string): string => {
    writeFileSync(join(installation.folder, name), text);
    return name;
  };

  beforeAll(async () => {
    installation = await Installation.make({ database, world: { ...world, lists: [] }, latencyMs: 20 });
  }, 120_000);
  afterAll(async () => installation[Symbol.asyncDispose]());

  it('imports a list, decides it, and exports what it came to', async () => {
    const addresses = wellFormed(world.lists[0]!.addresses);
    const rows = addresses.map(({ email }, index) => `${index};"${email}"`);
    const file = write(
      'leads.csv',
      ['id;E-Mail', ...rows, `x;${addresses[0]!.email}`, 'y;nonsense', ''].join('\r\n'),
    );

    const tried = await installation.run(['import', file, '--user', '5', '--dry-run', '--json']);
    expect(JSON.parse(tried.stdout)).toMatchObject({
      column: 'E-Mail',
      addresses: addresses.length,
      imported: 0,
    });
    expect(await count('SELECT COUNT(*) AS n FROM emails')).toBe(0);

    const nowhere = await installation.run(['import', file, '--user', '5', '--left-out', 'none/left.csv']);
    expect(nowhere).toMatchObject({
      exitCode: 73,
      stderr: expect.stringMatching(/none\/left\.csv \(ENOENT\); nothing was imported/) as string,
    });
    expect(await count('SELECT COUNT(*) AS n FROM csv_list')).toBe(0);

    const imported = await installation.run(['import', file, '--user', '5', '--json']);
    expect(imported).toMatchObject({ exitCode: 0, stderr: '' });
    const made = JSON.parse(imported.stdout) as ImportDocument;
    expect(made).toMatchObject({
      imported: addresses.length,
      duplicates: 1,
      rejected: 1,
      left_out_file: 'leads.csv.left-out.csv',
    });
    expect(readFileSync(join(installation.folder, 'leads.csv.left-out.csv'), 'utf8')).toBe(
      `line,left_out_as,text,why\n${addresses.length + 2},duplicate,${addresses[0]!.email},it stands further up in the file\n${addresses.length + 3},rejected,nonsense,no @ in the address\n`,
    );

    await installation.runUntilDecided();
    const output = join(installation.folder, 'out.csv');
    const exported = await installation.run(['export', '--list', String(made.list_id), '-o', 'out.csv']);
    expect(exported).toMatchObject({ exitCode: 0, stdout: '' });
    expect(statSync(output).mode & 0o777).toBe(0o640);
    const [header, ...lines] = readFileSync(output, 'utf8').trimEnd().split('\n');
    expect(header).toBe('email,status,reason,response,code,enhanced,mx,attempt,decided_at,id');
    expect(lines.map((line) => line.split(',')[0])).toEqual(addresses.map(({ email }) => email));
    expect(lines.some((line) => line.includes(',pending,'))).toBe(false);

    const valid = await installation.run([
      'export',
      '--list',
      String(made.list_id),
      '--status',
      'valid',
      '--format',
      'ndjson',
    ]);
    const statuses = valid.stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { status: string }).status);
    expect(statuses).toEqual(Array.from({ length: statuses.length }, () => 'valid'));
    expect(statuses).toHaveLength(lines.filter((line) => /^[^,]*,valid,/.test(line)).length);
    expect(await count(`SELECT total_emails AS n FROM csv_list WHERE id = ${made.list_id}`)).toBe(
      addresses.length + 1,
    );
    expect(
      await count(`SELECT valid_count + invalid_count AS n FROM csv_list WHERE id = ${made.list_id}`),
    ).toBe(addresses.length + 1 - lines.filter((line) => line.includes(',unknown,')).length);
  }, 120_000);

  it('goes on where an import was killed: nothing is lost, nothing is twice, and nothing is claimed before', async () => {
    const addresses = Array.from(
      { length: 60_000 },
      (_, index) => `user${index}@domain${index % 50}.example`,
    );
    const file = write('big.txt', `${addresses.join('\n')}\n${addresses.slice(0, 3).join('\n')}\n`);
    const rows = () => count('SELECT COUNT(*) AS n FROM emails WHERE user_id = 77');

    for (const beyond of [0, 12_000]) {
      const { child, ended } = installation.start(['import', file, '--user', '77']);
      await waitFor(async () => (await rows()) > beyond, `more than ${beyond} rows are in`, 60_000);
      child.kill('SIGKILL');
      await ended;
      expect(await rows()).toBeLessThan(60_000);
    }
    const cycle = await installation.run(['run', '--user', '77']);
    expect(cycle).toMatchObject({ exitCode: 0, stdout: '' });
    expect(await count('SELECT COUNT(*) AS n FROM svc_row WHERE user_id = 77')).toBe(0);

    const { exitCode, stdout, stderr } = await installation.run(['import', file, '--user', '77', '--json']);

    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/was cut off behind \d+ addresses; it goes on there/);
    expect(JSON.parse(stdout)).toMatchObject({ imported: 60_000, duplicates: 3 });
    const inOrder = await installation.database.query<{ raw_emailid: string }>(
      'SELECT raw_emailid FROM emails WHERE user_id = 77 ORDER BY id',
    );
    expect(inOrder.map(({ raw_emailid }) => raw_emailid)).toEqual(addresses);
    expect(await count('SELECT COUNT(*) AS n FROM svc_import')).toBe(0);
    expect(await count('SELECT COUNT(*) AS n FROM csv_list WHERE user_id = 77')).toBe(1);
    expect(
      readdirSync(installation.folder).filter((name) => name.startsWith('big.txt.left-out')).length,
    ).toBeGreaterThan(0);

    const again = await installation.run(['import', file, '--user', '77']);
    expect(again).toMatchObject({ exitCode: 1, stdout: '' });
    expect(again.stderr).toMatch(/has a list "big.txt" already/);
    await installation.database.execute(
      "UPDATE emails SET domain_processed = 1, validation_status = 'invalid' WHERE user_id = 77",
    );
  }, 180_000);

  it('refuses to go on with other addresses than those it was begun with', async () => {
    const addresses = Array.from({ length: 9_000 }, (_, index) => `user${index}@domain.example`);
    const file = write('first.txt', addresses.join('\n'));
    const { child, ended } = installation.start(['import', file, '--user', '78', '--name', 'same']);
    await waitFor(
      () => count('SELECT COUNT(*) AS n FROM svc_import').then((n) => n > 0),
      'an import has begun',
      60_000,
    );
    child.kill('SIGKILL');
    await ended;
    const before = await count('SELECT COUNT(*) AS n FROM emails WHERE user_id = 78');
    const other = write('other.txt', addresses.map((email) => `x${email}`).join('\n'));

    const { exitCode, stderr } = await installation.run(['import', other, '--user', '78', '--name', 'same']);

    expect(exitCode).toBe(64);
    expect(stderr).toMatch(
      /was begun with other addresses than these: \d+ of them are in, and nothing was added/,
    );
    expect(await count('SELECT COUNT(*) AS n FROM emails WHERE user_id = 78')).toBe(before);
    await installation.database.execute(
      "UPDATE emails SET domain_processed = 1, validation_status = 'invalid' WHERE user_id = 78",
    );
  }, 120_000);

  it('lets go of a list within seconds when it is paused, finishes the other, and goes on when it is resumed', async () => {
    const lists = [];
    for (const [index, list] of [...world.lists.entries(), [2, world.lists[0]!] as const]) {
      const file = write(`w${index}.txt`, list.addresses.map(({ email }) => `w${index}.${email}`).join('\n'));
      const { stdout } = await installation.run(['import', file, '--user', '5', '--json']);
      lists.push((JSON.parse(stdout) as ImportDocument).list_id);
    }
    const [first, second] = lists;
    const left = (id: number) =>
      count(`SELECT COUNT(*) AS n FROM emails WHERE csv_list_id = ${id} AND domain_processed = 0`);
    const { ended } = installation.start([]);
    await waitFor(async () => (await left(first!)) < 300, 'the first list is under way', 60_000);

    const paused = await installation.run(['pause', 'list', String(first), '--reason', 'customer asked']);
    expect(paused.stdout).toMatch(new RegExp(`^Paused: list ${first} until it is resumed\\.`));
    const held = (id: number) =>
      count(`SELECT COUNT(*) AS n FROM svc_row WHERE list_id = ${id} AND token IS NOT NULL`);
    await waitFor(async () => (await held(first!)) === 0, 'nothing of the paused list is held', 30_000);
    await ended;
    await waitFor(
      async () => {
        await installation.run([]);
        return (await left(second!)) === 0;
      },
      'the other list is decided',
      60_000,
    );
    const waiting = await left(first!);
    const pauses = await installation.run(['pauses', '--json']);
    expect(JSON.parse(pauses.stdout)).toMatchObject({
      pauses: [{ kind: 'list', name: String(first), reason: 'customer asked', until: null }],
    });
    expect(installation.logLines(/^smtp_validation_cron_/)).toContainEqual(
      expect.stringContaining(`Paused: list ${first}, by `),
    );

    await installation.run(['resume', 'list', String(first)]);
    await installation.runUntilDecided();

    expect(waiting).toBeGreaterThan(0);
    expect(await left(first!)).toBe(0);
  }, 180_000);

  it('does nothing on a server that is paused, and says so', async () => {
    const file = write(
      'server.txt',
      wellFormed(world.lists[0]!.addresses)
        .map(({ email }) => `s.${email}`)
        .join('\n'),
    );
    await installation.run(['import', file, '--user', '5']);
    await installation.run(['pause', 'server']);
    const misspelt = await installation.run(['pause', 'server', 'nobody']);

    const cycle = await installation.run([]);

    expect(cycle).toMatchObject({ exitCode: 0, stdout: '' });
    expect(installation.logLines(/^smtp_validation_cron_/).at(-1)).toMatch(
      /Nothing is claimed: this server is paused, by /,
    );
    expect(await count('SELECT COUNT(*) AS n FROM svc_row')).toBe(0);
    expect(misspelt).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(
        /^pause: no server nobody has worked on this database; known are /,
      ) as string,
    });
    await installation.run(['resume', 'server']);
    await installation.runUntilDecided();
    expect(existsSync(join(installation.folder, 'server.txt.left-out.csv'))).toBe(false);
  }, 120_000);
});
