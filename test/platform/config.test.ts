import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parse } from 'dotenv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { loadConfig, type ConfigRequest } from '../../src/platform/config.ts';
import { OperationalError } from '../../src/platform/operational-error.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'config-'));
});
afterEach(() => {
  rmSync(cwd, { recursive: true });
});

function load(request: Partial<ConfigRequest> = {}) {
  return loadConfig({ cwd, env: {}, ...request });
}

/** The message of the CONFIG_INVALID that loading ends with. */
function refusal(request: Partial<ConfigRequest>): string {
  try {
    load(request);
  } catch (error) {
    expect(error).toBeInstanceOf(OperationalError);
    expect((error as OperationalError).code).toBe('CONFIG_INVALID');
    expect((error as OperationalError).exitCode).toBe(78);
    return (error as OperationalError).message;
  }
  throw new Error('the configuration was accepted');
}

describe('loadConfig without any setting', () => {
  it('gives the defaults of the guide and the contract', () => {
    expect(load({ env: { SERVER_ID: 's1' } })).toEqual({
      database: { type: 'sqlite', file: join(cwd, 'storage/smtp-validate.db') },
      workerId: undefined,
      serverId: 's1',
      sender: undefined,
      smtpPort: 25,
      dnsServers: [],
      dnsblZones: ['zen.spamhaus.org', 'bl.spamcop.net', 'psbl.surriel.com'],
      allowPrivateMx: false,
      ipFamily: 'any',
      localAddress: undefined,
      proxy: undefined,
      proxyRoutes: {},
      replyTimeoutMs: 45_000,
      connectTimeoutMs: 10_000,
      sessionDeadlineMs: 120_000,
      maxConcurrentUsers: 3,
      userTurnSeconds: 180,
      totalWorkersPool: 50,
      minWorkersPerUser: 5,
      minEmailsPerWorker: 20,
      allocationPolicy: 'balanced',
      maxSessionsPerWorker: 256,
      maxRowsPerSlice: 200,
      retryDelaysSeconds: [300, 900, 1800, 3600],
      shareVerdicts: true,
      reuseValidSeconds: 86_400,
      reuseInvalidSeconds: 86_400,
      claimSeconds: 300,
      lockStaleMs: 45_000,
      detailedLogging: true,
      logDir: join(cwd, 'logs'),
      logRedact: 'none',
      logRetentionDays: 7,
      evidenceRetentionDays: 90,
      storageDir: join(cwd, 'storage'),
      metricsFile: undefined,
      pingUrl: undefined,
      webhook: undefined,
      dashboardToken: undefined,
    });
  });

  it('names the server after the host', () => {
    expect(load().serverId).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
  });

  it('gives an object that cannot be changed anywhere', () => {
    const config = load();

    expect(() => (config.retryDelaysSeconds as number[]).push(1)).toThrow(TypeError);
    expect(() => Object.assign(config.database, { type: 'mysql' })).toThrow(TypeError);
  });

  it('accepts .env.example as it stands', () => {
    const example = parse(readFileSync('.env.example'));

    expect(load({ env: { ...example, SERVER_ID: 's1' } })).toEqual(load({ env: { SERVER_ID: 's1' } }));
  });
});

describe('precedence', () => {
  it.each([
    { from: 'flags over all', flag: '1', env: '2', dotenv: '3', file: '4', port: 1 },
    { from: 'the environment over files', env: '2', dotenv: '3', file: '4', port: 2 },
    { from: '.env over config/', dotenv: '3', file: '4', port: 3 },
    { from: 'config/ over the default', file: '4', port: 4 },
    { from: 'the default at last', port: 25 },
    { from: 'what is not empty', flag: '', env: ' ', dotenv: '3', port: 3 },
  ])('takes $from', ({ flag, env, dotenv, file, port }) => {
    mkdirSync(join(cwd, 'config'));
    if (dotenv !== undefined) writeFileSync(join(cwd, '.env'), `SMTP_PORT=${dotenv}\n`);
    if (file !== undefined) writeFileSync(join(cwd, 'config/smtp-validate.env'), `SMTP_PORT=${file}\n`);

    expect(load({ flags: { SMTP_PORT: flag }, env: { SMTP_PORT: env } }).smtpPort).toBe(port);
  });
});

describe('values', () => {
  it.each([
    [
      'DNS_SERVERS',
      '127.0.0.1, 10.0.0.1:5353,[::1]:53,2001:db8::1',
      'dnsServers',
      ['127.0.0.1', '10.0.0.1:5353', '[::1]:53', '2001:db8::1'],
    ],
    ['DNSBL_ZONES', 'Zen.Spamhaus.org, bl.example.org', 'dnsblZones', ['zen.spamhaus.org', 'bl.example.org']],
    ['DNSBL_ZONES', 'none', 'dnsblZones', []],
    ['RETRY_DELAYS_SECONDS', '0,0', 'retryDelaysSeconds', [0, 0]],
    ['RETRY_DELAYS_SECONDS', 'none', 'retryDelaysSeconds', []],
    ['SIP_SMTP_SOCKET_TIMEOUT', '0.25', 'replyTimeoutMs', 250],
    ['ALLOW_PRIVATE_MX', 'YES', 'allowPrivateMx', true],
    ['SMTP_IP_FAMILY', '6', 'ipFamily', '6'],
    ['SMTP_LOCAL_ADDRESS', '2001:db8::7', 'localAddress', '2001:db8::7'],
    [
      'SMTP_PROXY',
      'socks5://svc:p%40ss%3Aw@[::1]:9050',
      'proxy',
      { host: '::1', port: 9050, login: { user: 'svc', password: 'p@ss:w' } },
    ],
    [
      'SMTP_PROXY',
      'SOCKS5://proxy.example.net',
      'proxy',
      { host: 'proxy.example.net', port: 1080, login: undefined },
    ],
    [
      'SMTP_PROXY_ROUTES',
      'google=socks5://127.0.0.1:9, Yahoo=DIRECT',
      'proxyRoutes',
      { google: { host: '127.0.0.1', port: 9, login: undefined }, yahoo: 'direct' },
    ],
    ['ENABLE_DETAILED_LOGGING', '0', 'detailedLogging', false],
    ['WORKER_ID', '2', 'workerId', 2],
    ['LOG_DIR', '/var/log/svc', 'logDir', '/var/log/svc'],
    ['ALLOCATION_POLICY', 'Equal', 'allocationPolicy', 'equal'],
  ] as const)('reads %s=%s', (key, text, member, value) => {
    expect(load({ env: { [key]: text } })[member]).toEqual(value);
  });

  it('gives the sender only when both its parts are set', () => {
    const both = { SMTP_EHLO_NAME: 'Verify.Example.net', SMTP_MAIL_FROM: 'Probe@Example.net' };

    expect(load({ env: both }).sender).toEqual({
      ehloName: 'verify.example.net',
      mailFrom: 'Probe@example.net',
    });
    expect(load({ env: { SMTP_EHLO_NAME: both.SMTP_EHLO_NAME } }).sender).toBeUndefined();
  });

  it.each([
    ['TOTAL_WORKERS_POOL', 'fifty', 'a whole number from 1 to 1000'],
    ['TOTAL_WORKERS_POOL', '-1', 'a whole number from 1 to 1000'],
    ['TOTAL_WORKERS_POOL', '1e3', 'a whole number from 1 to 1000'],
    ['LOCK_STALE_SECONDS', '4', 'a whole number from 5 to 3600'],
    ['SIP_SMTP_SOCKET_TIMEOUT', '45s', 'seconds from 0.1 to 600'],
    ['ALLOW_PRIVATE_MX', 'maybe', 'true or false'],
    ['SMTP_IP_FAMILY', '5', 'one of 4, 6, any'],
    ['SMTP_LOCAL_ADDRESS', '192.0.2.700', 'an IP address of this machine'],
    ['SMTP_LOCAL_ADDRESS', 'eth0', 'an IP address of this machine'],
    ['SMTP_EHLO_NAME', 'localhost', 'a full host name'],
    ['SMTP_MAIL_FROM', 'nobody', 'an e-mail address'],
    ['SMTP_MAIL_FROM', 'jörg@example.net', 'an e-mail address'],
    ['DNS_SERVERS', '127.0.0.1:0', 'a comma list of ip'],
    ['DNS_SERVERS', '127.0.0.256', 'a comma list of ip'],
    ['DNS_SERVERS', '[127.0.0.1]:53', 'a comma list of ip'],
    ['DNS_SERVERS', '::zz', 'a comma list of ip'],
    ['DNS_SERVERS', 'dns.example.net', 'a comma list of ip'],
    ['RETRY_DELAYS_SECONDS', '300,soon', 'a comma list of at most 20 waits'],
    ['SERVER_ID', '../x', 'a name of at most 64'],
    ['ALLOCATION_POLICY', 'fair', 'one of balanced, proportional, equal'],
    ['LOG_DIR', 'a\nb', 'some text without control characters'],
  ])('refuses %s=%s and says what was expected', (key, text, expected) => {
    const message = refusal({ env: { [key]: text } });

    expect(message).toContain(`${key}=${JSON.stringify(text)} (from the environment): expected ${expected}`);
  });

  it.each([
    ['SMTP_PROXY', 'http://svc:hush@127.0.0.1:8080', '***'],
    ['SMTP_PROXY', 'socks5://svc:hu/sh@127.0.0.1', '***'],
    ['SMTP_PROXY', 'socks5://svc:hush@127.0.0.1:0', '***'],
    ['SMTP_PROXY', 'socks5://svc:hush@127.0.0.1/path', '***'],
    ['SMTP_PROXY', 'socks5://svc@127.0.0.1', '***'],
    ['SMTP_PROXY', 'svc:hush', '***'],
    ['SMTP_PROXY_ROUTES', 'nobody=socks5://svc:hush@127.0.0.1:9', 'nobody=socks5://***@127.0.0.1:9'],
    ['SMTP_PROXY_ROUTES', 'google=socks5://svc:hu,sh@127.0.0.1', 'google=***,***'],
    ['SMTP_PROXY_ROUTES', 'google=direct,google=direct', 'google=direct,google=direct'],
    ['SMTP_PROXY_ROUTES', 'socks5://svc:hush@127.0.0.1:9', '***'],
  ])('refuses %s=%s without showing the password', (key, text, shown) => {
    const message = refusal({ env: { [key]: text } });

    expect(message).toContain(`${key}=${JSON.stringify(shown)} (from the environment): expected `);
    expect(message).not.toMatch(/hu.?sh|svc/);
  });

  it('refuses a local address of the other IP family', () => {
    const env = { SMTP_IP_FAMILY: '6', SMTP_LOCAL_ADDRESS: '192.0.2.7' };

    expect(refusal({ env })).toContain('expected an IPv6 address, since SMTP_IP_FAMILY=6');
  });

  it('names every bad key at once, with where each came from', () => {
    writeFileSync(join(cwd, '.env'), 'SMTP_PORT=smtp\nTOTAL_WORKERS_POOL=10\n');

    const message = refusal({ env: { MAX_ROWS_PER_SLICE: '0' }, flags: { WORKER_ID: 'one' } });

    expect(message.split('\n').slice(1).toSorted()).toEqual([
      '  MAX_ROWS_PER_SLICE="0" (from the environment): expected a whole number from 1 to 10000',
      `  SMTP_PORT="smtp" (from ${join(cwd, '.env')}): expected a whole number from 1 to 65535`,
      `  TOTAL_WORKERS_POOL="10" (from ${join(cwd, '.env')}): expected at least 15: MIN_WORKERS_PER_USER=5 for each of MAX_CONCURRENT_USERS=3 users`,
      '  WORKER_ID="one" (from the command line): expected a whole number from 0 to 999999999',
    ]);
  });
});

describe('files', () => {
  it.each([
    { file: '.env', key: 'MAX_CONCURENT_USERS', meant: 'MAX_CONCURRENT_USERS' },
    { file: '.env', key: 'STROAGE_DIR', meant: 'STORAGE_DIR' },
    { file: '.env', key: 'db_password', meant: 'DB_PASSWORD' },
    { file: '.env', key: 'LOG_DIRS', meant: 'LOG_DIR' },
    { file: '.env', key: 'SMTP_EHLO', meant: 'SMTP_EHLO_NAME' },
    { file: '.env', key: 'MAIL_FROM', meant: 'SMTP_MAIL_FROM' },
    { file: '.env', key: 'TOTAL_WORKER_POOL', meant: 'TOTAL_WORKERS_POOL' },
    { file: '.env', key: 'TOTAL_WORKERS', meant: 'TOTAL_WORKERS_POOL' },
    { file: 'config/smtp-validate.env', key: 'SMTP_PROT', meant: 'SMTP_PORT' },
  ])('calls $key in $file a slip for $meant, and does not show its value', ({ file, key, meant }) => {
    mkdirSync(join(cwd, 'config'));
    writeFileSync(join(cwd, file), `${key}=hush\n`);

    const message = refusal({});

    expect(message).toContain(`${key} is no setting (from ${join(cwd, file)}): did you mean ${meant}?`);
    expect(message).not.toContain('hush');
  });

  it.each(
    ['.env', 'config/smtp-validate.env'].flatMap((file) =>
      ['SMTP_HOST', 'DB_CONNECTION', 'LOG_LEVEL', 'SERVER_IP', 'APP_KEY'].map((key) => ({
        file,
        key,
      })),
    ),
  )('refuses $key in $file, and takes it for nothing of ours', ({ file, key }) => {
    mkdirSync(join(cwd, 'config'));
    writeFileSync(join(cwd, file), `${key}=hush\n`);

    const message = refusal({});

    expect(message).toContain(
      `${key} is no setting (from ${join(cwd, file)}): expected one of the keys in .env.example`,
    );
    expect(message).not.toContain('hush');
  });

  it.each([
    { key: 'TOTAL_WORKER_POOL', meant: 'TOTAL_WORKERS_POOL' },
    { key: 'SMTP_EHLO', meant: 'SMTP_EHLO_NAME' },
    { key: 'MAX_CONCURENT_USERS', meant: 'MAX_CONCURRENT_USERS' },
    { key: 'RETRY_DELAY_SECONDS', meant: 'RETRY_DELAYS_SECONDS' },
  ])('calls $key in the environment a slip for $meant', ({ key, meant }) => {
    const message = refusal({ env: { [key]: 'hush' } });

    expect(message).toContain(`${key} is no setting (from the environment): did you mean ${meant}?`);
    expect(message).not.toContain('hush');
  });

  it.each([
    'SMTP_HOST',
    'SMTP_USER',
    'SMTP_FROM',
    'SMTP_MAIL',
    'SMTP_ADDRESS',
    'SMTP_PORTS',
    'smtp_proxy',
    'http_proxy',
    'DB_CONNECTION',
    'DB_PASS',
    'DB_USERNAME',
    'DATABASE_URLS',
    'LOG_LEVEL',
    'LOG_DIRS',
    'SERVER_IP',
    'WORKER_PID',
    'MAX_CONCURRENT',
    'LOG_RETENTION',
    'STORAGE_DIRS',
    'PATH',
    'HOME',
    'NODE_ENV',
    'BLOG_DIR',
    'APP_KEY',
  ])('leaves %s in the environment to the program it belongs to', (key) => {
    expect(load({ env: { [key]: 'x' } }).smtpPort).toBe(25);
  });

  it.each([
    { what: 'a line without =', text: 'SMTP_PORT=2525\nhush hush\n', line: 2, expected: 'KEY=value' },
    { what: 'a line without a key', text: '=hush\n', line: 1, expected: 'KEY=value' },
    { what: 'a key on a line of its own', text: '# so:\n\nSMTP_PORT\n', line: 3, expected: 'KEY=value' },
    {
      what: 'an open quote',
      text: 'DB_PASSWORD="hush\nSMTP_PORT=25\n',
      line: 1,
      expected: 'a value that ends with the "',
    },
    {
      what: 'text behind a quote',
      text: `DB_PASSWORD='hush'hush\n`,
      line: 1,
      expected: `a value that ends with the '`,
    },
    {
      what: 'a password that dotenv would cut',
      text: 'DB_PASSWORD=hush#hush\n',
      line: 1,
      expected: 'quotes around',
    },
  ])('refuses $what in .env by its number, and does not show it', ({ text, line, expected }) => {
    writeFileSync(join(cwd, '.env'), text);

    const message = refusal({});

    expect(message).toContain(`line ${line} of ${join(cwd, '.env')} is no setting: expected ${expected}`);
    expect(message).not.toContain('hush');
  });

  it('reads comments, blanks, quotes, exports, a byte order mark and other line ends', () => {
    const text = [
      '\uFEFF# settings',
      '',
      ' export SMTP_PORT = 2525 # a test',
      'WORKER_ID: 3',
      `SERVER_ID='s1' # "quoted"`,
      'LOG_DIR=`a "b" \'c\'`',
      'DB_USER=svc',
      'DB_NAME=crm',
      'DB_PASSWORD="p#1',
      'p2"',
      'DB_HOST=',
    ].join('\r\n');
    writeFileSync(join(cwd, '.env'), text);

    expect(load()).toMatchObject({
      smtpPort: 2525,
      workerId: 3,
      serverId: 's1',
      logDir: join(cwd, `a "b" 'c'`),
      database: { user: 'svc', password: 'p#1\np2' },
    });
  });

  it('says that a file cannot be read, and not that it is not set', () => {
    mkdirSync(join(cwd, '.env'));

    const message = refusal({});

    expect(message).toContain(`${join(cwd, '.env')} cannot be read (EISDIR`);
    expect(message).not.toContain('is not set');
  });

  it('refuses a file that was named and is not there', () => {
    expect(refusal({ dotenvFile: join(cwd, 'missing.env') })).toContain('missing.env');
  });

  it('writes nothing and changes nothing in the process environment', () => {
    writeFileSync(join(cwd, '.env'), 'SMTP_PORT=2525\n');

    load();

    expect(process.env['SMTP_PORT']).toBeUndefined();
  });
});
