// What is shown of settings, and what never is.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { documentSettings, type SettingKey } from '../../src/platform/settings.ts';
import { showSettings, showValue } from '../../src/platform/show-settings.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'svc-show-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

describe('showSettings', () => {
  const find = (env: Record<string, string>, key: SettingKey) =>
    showSettings({ cwd, env }).find((setting) => setting.key === key);

  it('shows every setting, in the order of the table', () => {
    expect(showSettings({ cwd, env: {} }).map(({ key }) => key)).toEqual(
      documentSettings().map(({ key }) => key),
    );
  });

  it('tells where a value comes from', () => {
    writeFileSync(join(cwd, '.env'), 'SMTP_PORT=2525\nTOTAL_WORKERS_POOL=20\n');

    expect(find({ SMTP_PORT: '26' }, 'SMTP_PORT')).toMatchObject({ value: '26', origin: 'the environment' });
    expect(find({}, 'TOTAL_WORKERS_POOL')).toMatchObject({ value: '20', origin: join(cwd, '.env') });
    expect(find({}, 'CLAIM_SECONDS')).toMatchObject({ value: '300', origin: undefined });
    expect(find({}, 'DB_NAME')).toMatchObject({ value: undefined, origin: undefined });
  });

  it('shows the name that this server has by itself', () => {
    expect(find({}, 'SERVER_ID')?.value).toContain(
      hostname()
        .slice(0, 8)
        .replace(/[^\w.-]/g, '-'),
    );
  });

  it('shows what cannot be used as it was given', () => {
    expect(find({ SMTP_PORT: 'twenty-five' }, 'SMTP_PORT')?.value).toBe('twenty-five');
  });
});

describe('showValue', () => {
  it.each([
    ['DB_PASSWORD', 'hush', '***'],
    ['DATABASE_URL', 'mysql://svc:hush@db.example.net/crm', 'mysql://svc:***@db.example.net/crm'],
    ['SMTP_PROXY', 'socks5://svc:hush@proxy.example.net', 'socks5://***@proxy.example.net:1080'],
    ['SMTP_PROXY_ROUTES', 'google=socks5://svc:hush@p.example.net', 'google=socks5://***@p.example.net:1080'],
    ['SERVER_ID', 'https://svc:hush@x.example/a', 'https://***@x.example/a'],
    ['DB_PASSWORD_FILE', '/run/secret', '/run/secret'],
  ] as const)('masks %s', (key, text, shown) => {
    expect(showValue(key, text)).toBe(shown);
  });

  it('lets no password through in any setting', () => {
    const leaking = documentSettings().filter(({ key }) =>
      showValue(key, 'mysql://user:hush@host/name').includes('hush'),
    );

    expect(leaking).toEqual([]);
  });
});
