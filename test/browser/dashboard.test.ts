// The dashboard of the built program in a real browser, on a database that changes, goes away and comes back.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Driver } from '../../src/store/driver.ts';
import { openMysql } from '../../src/store/mysql-driver.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { HOSTILE } from '../pages/some-report.ts';
import { SERVER_A, deferralOf, range, resultOf, token } from '../store/bench.ts';
import { createDatabase, type MariaDb, startMariaDb } from '../support/mariadb.ts';
import { type Browser, DESK, PHONE, openBrowser } from './browser.ts';
import { leastContrast } from './contrast.ts';

const PROGRAM = resolve('bin/smtp-validate-cron');

let mariadb: MariaDb;
let browser: Browser;
let store: Store;
let crm: Driver;
let folder: string;

beforeAll(async () => {
  const started = await startMariaDb({ isDurable: true });
  if (started === undefined) throw new Error('no MariaDB here: nothing would be proved');
  mariadb = started;
  folder = mkdtempSync(join(tmpdir(), 'svc-dashboard-'));
  await createDatabase(mariadb.socketPath, 'dashboard');
  const options = {
    type: 'mysql',
    socketPath: mariadb.socketPath,
    user: 'root',
    password: '',
    database: 'dashboard',
  } as const;
  store = await openStore(options);
  await store.migrate();
  crm = await openMysql(options);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await store?.[Symbol.asyncDispose]();
  await crm?.close();
  await mariadb?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  for (const table of ['emails', 'csv_list', 'svc_row', 'svc_queue', 'svc_list', 'svc_verdict', 'svc_turn'])
    await crm.execute(`DELETE FROM ${table}`);
  await crm.execute(
    "INSERT INTO csv_list (id, user_id, list_name, total_emails, status) VALUES (12, 5, ?, 40, 'pending')",
    [HOSTILE.name],
  );
  for (const id of range(1, 40))
    await crm.execute('INSERT INTO emails (id, raw_emailid, csv_list_id, user_id) VALUES (?, ?, 12, 5)', [
      id,
      `u${id}@${HOSTILE.domain}`,
    ]);
});

/** Decides so many rows as a cycle does. */
const decide = async (count: number, name: string) => {
  const rows = await store.claimRows(5, count, token(name), SERVER_A);
  await store.recordResults(
    rows.map((row, index) =>
      index % 4 === 3
        ? deferralOf(row, { listId: 12, stage: 'rcpt', text: HOSTILE.reply })
        : resultOf(row, { listId: 12, stage: 'rcpt', text: HOSTILE.reply }),
    ),
  );
};

interface Dashboard extends AsyncDisposable {
  readonly url: string;
  readonly child: ChildProcess;
  /** Ends it by this signal; gives its exit code and what it said on stderr. */
  end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly said: string }>;
}

const startDashboard = async (
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Dashboard> => {
  const child = spawn(process.execPath, [PROGRAM, 'dashboard', '--port', '0', ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      DB_SOCKET: mariadb.socketPath,
      DB_USER: 'root',
      DB_NAME: 'dashboard',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolveExit) => child.once('exit', resolveExit));
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += String(chunk)));
  const url = await new Promise<string>((resolveUrl, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolveUrl(String(chunk).trim()));
    child.once('exit', () => reject(new Error(`the dashboard ended: ${said}`)));
  });
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return { code: await ended, said };
  };
  return {
    url,
    child,
    end,
    [Symbol.asyncDispose]: async () => void (child.exitCode === null && (await end('SIGKILL'))),
  };
};

describe('the dashboard', () => {
  it('moves as the work goes on, without being loaded again', async () => {
    await using dashboard = await startDashboard();
    const page = await browser.open(DESK);
    await page.goto(dashboard.url);
    await page.until('document.querySelector(".lead").textContent.includes("0 of 40")', 'the first figures');
    await page.ask('void (window.isSamePage = true)');

    await decide(16, 'a');
    await page.until('document.querySelector(".lead").textContent.includes("12 of 40")', 'the new figures');

    expect(await page.ask('window.isSamePage')).toBe(true);
    expect(await page.ask('document.querySelector("a[href=\\"/list/12\\"]").textContent')).toContain(
      HOSTILE.name.replace('\u202E', ''),
    );
    expect(await page.ask('document.querySelector("tbody svg.bar rect.valid").getAttribute("width")')).toBe(
      '300',
    );
    expect(page.complaints).toEqual([]);
    await page.close();
  });

  it('tells of a list why it is not finished, and how its rows were decided; what was opened stays open', async () => {
    await decide(16, 'a');
    await using dashboard = await startDashboard();
    const page = await browser.open(DESK);
    await page.goto(`${dashboard.url}list/12`);
    await page.ask('void (document.querySelector("details").open = true)');

    await decide(8, 'b');
    await page.until('document.querySelector(".hero").textContent.includes("18 of 40")', 'the new figures');

    const text = await page.ask<string>(
      'document.querySelector("main").textContent.replaceAll(/\\s+/g, " ")',
    );
    expect(text).toContain('Why it is not finished');
    expect(text).toContain('6 wait as greylisted');
    expect(text).toContain('What happens next');
    expect(text).toContain('<iframe src=javascript:alert(4)></iframe>');
    expect(await page.ask('document.querySelector("details").open')).toBe(true);
    expect(page.complaints).toEqual([]);
    await page.close();
  });

  it.each([
    { name: 'a phone', view: PHONE },
    { name: 'a desk in the dark', view: { ...DESK, isDark: true } },
  ])('fits $name and can be read there', async ({ view }) => {
    await decide(16, 'a');
    await using dashboard = await startDashboard();
    const page = await browser.open(view);
    for (const path of ['', 'list/12']) {
      await page.goto(`${dashboard.url}${path}`);

      expect(await page.ask('document.documentElement.scrollWidth')).toBe(view.width);
      expect(await page.ask(leastContrast)).toBeGreaterThanOrEqual(4.5);
    }
    expect(page.complaints).toEqual([]);
    await page.close();
  });

  it('keeps the reason of a destination in trouble on one line', async () => {
    const [row] = await store.claimRows(5, 1, token('t'), SERVER_A);
    await store.recordResults([
      deferralOf(row!, {
        listId: 12,
        stage: 'rcpt',
        reason: 'temporary-failure',
        mx: 'mx1.a-host-of-a-rather-long-name.customer-of-another.example',
      }),
    ]);
    await using dashboard = await startDashboard();
    const page = await browser.open(DESK);
    await page.goto(dashboard.url);

    const lines = await page.ask<number[]>(
      '[...document.querySelectorAll("td.short bdi")].map((reason) => reason.getClientRects().length)',
    );
    expect(lines).toEqual([1]);
    await page.close();
  });

  it('says so when the database goes away, keeps what was seen, and goes on when it is back', async () => {
    await using dashboard = await startDashboard();
    const page = await browser.open(DESK);
    await page.goto(dashboard.url);
    await page.until('document.querySelector(".state").textContent === "live"', 'the first figures');

    mariadb.kill();
    await page.until('!document.querySelector(".alarm").hidden', 'the alarm');
    const alarm = await page.ask<string>('document.querySelector(".alarm").textContent');
    const lead = await page.ask<string>('document.querySelector(".lead").textContent');
    await mariadb.restart();
    await page.until('document.querySelector(".alarm").hidden', 'the end of the alarm');

    expect(alarm).toMatch(/^MariaDB|^MySQL|database/i);
    expect(lead).toContain('0 of 40');
    await page.close();
  });

  it('ends quietly at a signal, and the page says that it is gone', async () => {
    const dashboard = await startDashboard();
    const page = await browser.open(DESK);
    await page.goto(dashboard.url);
    await page.until('document.querySelector(".state").textContent === "live"', 'the first figures');

    const { code, said } = await dashboard.end('SIGTERM');
    await page.until('document.querySelector(".alarm").textContent.includes("does not answer")', 'the alarm');

    expect({ code, said }).toEqual({ code: 143, said: '' });
    await page.close();
  });

  it('makes up a token where others can reach it, and shows nothing without', async () => {
    await using dashboard = await startDashboard(['--host', '0.0.0.0']);
    const { port, searchParams } = new URL(dashboard.url);
    const page = await browser.open(DESK);
    const stranger = await fetch(`http://127.0.0.1:${port}/`);

    await page.goto(`http://127.0.0.1:${port}/?token=${searchParams.get('token')}`);

    expect(stranger.status).toBe(401);
    expect(searchParams.get('token')).toMatch(/^[\da-f]{32}$/);
    expect(await page.ask('location.href')).toBe(`http://127.0.0.1:${port}/`);
    expect(await page.ask('document.cookie')).toBe('');
    await page.until('document.querySelector(".state").textContent === "live"', 'the figures');
    await page.close();
  });

  it('asks for DASHBOARD_TOKEN wherever it listens, and does not print it', async () => {
    const secret = 'a-token-that-was-set';
    await using dashboard = await startDashboard([], { DASHBOARD_TOKEN: secret });

    expect(dashboard.url).not.toContain(secret);
    expect((await fetch(dashboard.url)).status).toBe(401);
    expect((await fetch(dashboard.url, { headers: { authorization: `Bearer ${secret}` } })).status).toBe(200);
  });
});
