// Prints what operators read about settings from the schema, and holds the printed files to it.
// After a change of settings: npx vitest run test/platform/settings-documents.test.ts -u

import { describe, expect, it } from 'vitest';

import { defaultOf, documentSettings, readSetting, type SettingKey } from '../../src/platform/settings.ts';

/** What a setting without a default could look like. */
const EXAMPLES: Partial<Record<SettingKey, string>> = {
  DATABASE_URL: 'mysql://svc:secret@127.0.0.1:3306/crm',
  DB_HOST: '127.0.0.1',
  DB_PORT: '3306',
  DB_SOCKET: '/run/mysqld/mysqld.sock',
  DB_USER: 'svc',
  DB_PASSWORD: 'secret',
  DB_PASSWORD_FILE: '/run/credentials/db-password',
  DB_NAME: 'crm',
  WORKER_ID: '1',
  SERVER_ID: 'server1',
  SMTP_EHLO_NAME: 'verify.example.net',
  SMTP_MAIL_FROM: 'verify@example.net',
  SMTP_LOCAL_ADDRESS: '192.0.2.7',
  SMTP_PROXY: 'socks5://svc:secret@proxy.example.net:1080',
  SMTP_PROXY_ROUTES: 'google=socks5://proxy2.example.net:1080,microsoft365=direct',
  DNS_SERVERS: '127.0.0.1,[::1]:53',
  METRICS_FILE: '/var/lib/prometheus/node-exporter/smtp_validate.prom',
  PING_URL: 'https://hc-ping.com/your-uuid-here',
  WEBHOOK_URL: 'https://crm.example.net/hooks/lists',
  WEBHOOK_SECRET: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  WEBHOOK_SECRET_FILE: '/run/credentials/webhook-secret',
  DASHBOARD_TOKEN: 'a1b2c3d4e5f6a7b8c9',
};

describe('documentSettings', () => {
  const settings = documentSettings();

  it.each(settings)('gives a reason for $key', ({ reason }) => {
    expect(reason).toMatch(/^[A-Z].{20,}\.$/);
  });

  it.each(settings.filter((setting) => setting.default !== undefined))(
    'has for $key the default that its text is read as',
    ({ key, default: text }) => {
      expect(readSetting(key, text!)).toEqual({ value: defaultOf(key) });
    },
  );

  it.each(Object.entries(EXAMPLES))('takes what stands as an example of %s', (key, text) => {
    expect(readSetting(key as SettingKey, text)).toHaveProperty('value');
  });

  it('leaves no setting without a default or an example', () => {
    const bare = settings.filter(
      (setting) => setting.default === undefined && EXAMPLES[setting.key] === undefined,
    );

    expect(bare).toEqual([]);
  });

  it('is what .env.example says, with the same keys, defaults and reasons', async () => {
    const head = [
      '# Settings of smtp-validate-cron. Copy this file to .env and change what differs.',
      '# The environment wins over .env, .env over config/smtp-validate.env. An empty value means "not set".',
      '# Lines that begin with #KEY= are examples of settings that are not set by default. Other keys are refused, so that a',
      '# misspelt one does not go unnoticed: keep the settings of other programs elsewhere.',
    ];
    const blocks = settings.map(({ key, default: value, reason }) => [
      '',
      ...wrap(reason, 110).map((line) => `# ${line}`),
      value === undefined ? `#${key}=${EXAMPLES[key]}` : `${key}=${value}`,
    ]);

    await expect(`${[...head, ...blocks.flat()].join('\n')}\n`).toMatchFileSnapshot('../../.env.example');
  });

  it('is what config/settings.md says', async () => {
    const rows = settings.map(({ key, default: value, reason }) => {
      const shown = value === undefined ? '–' : `\`${value}\``;
      return `| \`${key}\` | ${shown} | ${reason.replaceAll('|', '\\|')} |`;
    });
    const page = [
      '# Settings and their defaults',
      '',
      '| key | default | why |',
      '| --- | --- | --- |',
      ...rows,
    ];

    await expect(`${page.join('\n')}\n`).toMatchFileSnapshot('../../config/settings.md');
  });
});

function wrap(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
