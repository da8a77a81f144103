import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ListNews } from '../../src/domain/list-news.ts';
import { signature, webhookMessage } from '../../src/notify/webhook.ts';

const news: ListNews = {
  id: '5f3c9f0e-7a7b-4b06-9d0e-0d7b6a1f2c3d',
  listId: 12,
  userId: 5,
  total: 1_000,
  valid: 800,
  invalid: 120,
  unknown: 60,
  missing: 20,
  completedAt: 1_800_000_000,
};
const setting = { url: 'https://crm.example.net/hooks', secret: 'a secret of the operator' };

describe('webhookMessage', () => {
  it('tells of the list in JSON, and signs what it says', () => {
    const { headers, body, ...line } = webhookMessage(news, setting, 1_800_000_100);

    expect(line).toEqual({ url: setting.url, method: 'POST' });
    expect(JSON.parse(body!)).toEqual({
      type: 'list.completed',
      id: news.id,
      timestamp: '2027-01-15T08:00:00.000Z',
      data: { list_id: 12, user_id: 5, total: 1_000, valid: 800, invalid: 120, unknown: 60, missing: 20 },
    });
    expect(headers).toEqual({
      'Content-Type': 'application/json',
      'Webhook-Id': news.id,
      'Webhook-Timestamp': '1800000100',
      'Webhook-Signature': `v1,${signature({ id: news.id, nowSeconds: 1_800_000_100, body: body! }, setting.secret)}`,
    });
  });

  it('says the same at each attempt, under another time', () => {
    const [first, second] = [1_800_000_100, 1_800_000_160].map((now) => webhookMessage(news, setting, now));

    expect(second!.body).toBe(first!.body);
    expect(second!.headers!['Webhook-Id']).toBe(first!.headers!['Webhook-Id']);
    expect(second!.headers!['Webhook-Signature']).not.toBe(first!.headers!['Webhook-Signature']);
  });

  it('has null for a list without a user', () => {
    const { body } = webhookMessage({ ...news, userId: undefined }, setting, 0);

    expect(JSON.parse(body!)).toMatchObject({ data: { user_id: null } });
  });
});

describe('signature', () => {
  it('is that of the example of Standard Webhooks', () => {
    expect(
      signature(
        { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', nowSeconds: 1_614_265_330, body: '{"test": 2432232314}' },
        'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      ),
    ).toBe('g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });
});

describe('docs/webhooks.md', () => {
  const page = readFileSync('docs/webhooks.md', 'utf8');
  const snippet = (language: string): string =>
    new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page)?.[1] ?? '';
  const now = Math.floor(Date.now() / 1000);
  const { headers, body } = webhookMessage(news, setting, now);

  it('verifies by its line of openssl', () => {
    const [line] = snippet('sh').split('\n');

    const said = execFileSync('sh', ['-c', line!], {
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        id: headers!['Webhook-Id'],
        timestamp: headers!['Webhook-Timestamp'],
        body,
        WEBHOOK_SECRET: setting.secret,
      },
    });

    expect(`v1,${said.trim()}`).toBe(headers!['Webhook-Signature']);
  });

  it.each([
    { what: 'takes what is ours', change: {}, isOurs: true },
    { what: 'refuses another body', change: { body: body!.replace('800', '801') }, isOurs: false },
    { what: 'refuses what is old', change: { 'webhook-timestamp': String(now - 301) }, isOurs: false },
    { what: 'refuses another signature', change: { 'webhook-signature': 'v1,AAAA' }, isOurs: false },
  ])('$what by its lines for Node', ({ change, isOurs }) => {
    const request = {
      'webhook-id': headers!['Webhook-Id'],
      'webhook-timestamp': headers!['Webhook-Timestamp'],
      'webhook-signature': headers!['Webhook-Signature'],
      body,
      ...change,
    };
    const program = `${snippet('js')}
      const { body, ...headers } = JSON.parse(process.argv[1]);
      process.stdout.write(String(isOurs(headers, body, process.argv[2])));`;

    const said = execFileSync(
      process.execPath,
      ['--input-type=module', '-e', program, '--', JSON.stringify(request), setting.secret],
      { encoding: 'utf8' },
    );

    expect(said).toBe(String(isOurs));
  });
});
