// The settings of this run: gathered from flags, environment, .env and config/smtp-validate.env (in this
// order of precedence), checked together, and handed on as one frozen object. Each setting and its reason:
// settings.ts. Nothing else in the program reads a setting from anywhere.

import { join, resolve } from 'node:path';

import type { RedactPolicy } from '../domain/redact.ts';

import {
  collectSettings,
  type ConfigProblem,
  type SettingSources,
  type SettingText,
} from './config-sources.ts';
import { readDatabaseSetting, type DatabaseSetting } from './database-setting.ts';
import { nameOfThisHost } from './host-name.ts';
import { OperationalError } from './operational-error.ts';
import type { ProxySetting } from './proxy-setting.ts';
import type { Problem } from './setting-problem.ts';
import { defaultOf, readSetting, SETTINGS, type SettingKey, type Settings } from './settings.ts';
import { showValue } from './show-settings.ts';
import { readWebhookSetting, type WebhookSetting } from './webhook-setting.ts';

export interface Config {
  readonly database: DatabaseSetting;
  /** Only rows with this `emails.worker_id`; undefined for all rows. */
  readonly workerId: number | undefined;
  readonly serverId: string;
  /** What we call ourselves towards mail servers; undefined unless both are set. */
  readonly sender: { readonly ehloName: string; readonly mailFrom: string } | undefined;
  readonly smtpPort: number;
  /** In the form that node:dns takes; empty for the system's. */
  readonly dnsServers: readonly string[];
  /** Block lists that our own address is looked up in. */
  readonly dnsblZones: readonly string[];
  readonly allowPrivateMx: boolean;
  readonly ipFamily: '4' | '6' | 'any';
  /** Where we dial from; undefined for the system's choice. */
  readonly localAddress: string | undefined;
  readonly proxy: ProxySetting | undefined;
  /** By provider. */
  readonly proxyRoutes: Readonly<Record<string, ProxySetting | 'direct'>>;
  readonly replyTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly sessionDeadlineMs: number;
  readonly maxConcurrentUsers: number;
  readonly userTurnSeconds: number;
  readonly totalWorkersPool: number;
  readonly minWorkersPerUser: number;
  readonly minEmailsPerWorker: number;
  readonly allocationPolicy: 'balanced' | 'proportional' | 'equal';
  readonly maxSessionsPerWorker: number;
  readonly maxRowsPerSlice: number;
  /** Waits before attempts 2, 3, …; empty for no second attempt. */
  readonly retryDelaysSeconds: readonly number[];
  /** False: what was found out for one user is not used for another. */
  readonly shareVerdicts: boolean;
  readonly reuseValidSeconds: number;
  readonly reuseInvalidSeconds: number;
  /** How long a claim holds without renewal. */
  readonly claimSeconds: number;
  readonly lockStaleMs: number;
  readonly detailedLogging: boolean;
  readonly logRedact: RedactPolicy;
  /** Absolute, like `storageDir`. */
  readonly logDir: string;
  readonly logRetentionDays: number;
  readonly evidenceRetentionDays: number;
  readonly storageDir: string;
  /** Absolute. */
  readonly metricsFile: string | undefined;
  readonly pingUrl: string | undefined;
  readonly dashboardToken: string | undefined;
  /** Who is told of completed lists. */
  readonly webhook: WebhookSetting | undefined;
}

export interface ConfigRequest extends SettingSources {
  /** Where relative folders start, and where `.env` and `config/` are looked for. */
  readonly cwd: string;
}

/**
 * Gives the checked configuration.
 *
 * An empty value counts as not set. Throws CONFIG_INVALID that names every bad key at once; its
 * `fields.problems` holds them as `ConfigProblem[]`.
 */
export function loadConfig(request: ConfigRequest): Config {
  const { texts, problems: sourceProblems } = collectSettings(request);
  const parsed = parseSettings(texts);
  const storageDir = resolve(request.cwd, parsed.settings.STORAGE_DIR ?? 'storage');
  const database = readDatabaseSetting(parsed.settings, request.cwd, join(storageDir, 'smtp-validate.db'));

  const webhook = readWebhookSetting(parsed.settings, request.cwd);

  const found = [
    ...parsed.problems,
    ...(isProblems(database) ? database : []),
    ...(isProblem(webhook) ? [webhook] : []),
    ...checkTogether(parsed.settings),
  ];
  const problems = [
    ...sourceProblems,
    ...firstOfEachKey(found).map((problem) => showProblem(problem, texts)),
  ];
  if (problems.length > 0 || isProblems(database) || isProblem(webhook)) throw configInvalid(problems);

  const { settings } = parsed as { readonly settings: Settings };
  return deepFreeze({ ...toConfig(settings, database, request.cwd, storageDir), webhook });
}

function parseSettings(texts: ReadonlyMap<SettingKey, SettingText>): {
  settings: Partial<Settings>;
  problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const settings: Partial<Record<SettingKey, unknown>> = {};
  for (const key of Object.keys(SETTINGS) as SettingKey[]) {
    const given = texts.get(key);
    const read = given === undefined ? { value: defaultOf(key) } : readSetting(key, given.text);
    if ('value' in read) settings[key] = read.value;
    else problems.push({ key, expected: read.expected });
  }
  return { settings: settings as Partial<Settings>, problems };
}

function checkTogether(settings: Partial<Settings>): Problem[] {
  return [...checkPool(settings), ...checkFamily(settings), ...checkEvidence(settings)];
}

function checkFamily({ SMTP_IP_FAMILY: family, SMTP_LOCAL_ADDRESS: address }: Partial<Settings>): Problem[] {
  if (family === undefined || family === 'any' || address === undefined) return [];
  if (address.includes(':') === (family === '6')) return [];
  return [{ key: 'SMTP_LOCAL_ADDRESS', expected: `an IPv${family} address, since SMTP_IP_FAMILY=${family}` }];
}

function checkPool(settings: Partial<Settings>): Problem[] {
  const { MIN_WORKERS_PER_USER: min, MAX_CONCURRENT_USERS: users, TOTAL_WORKERS_POOL: pool } = settings;
  if (min === undefined || users === undefined || pool === undefined || min * users <= pool) return [];
  return [
    {
      key: 'TOTAL_WORKERS_POOL',
      expected: `at least ${min * users}: MIN_WORKERS_PER_USER=${min} for each of MAX_CONCURRENT_USERS=${users} users`,
    },
  ];
}

function checkEvidence(settings: Partial<Settings>): Problem[] {
  const {
    EVIDENCE_RETENTION_DAYS: days,
    REUSE_VALID_SECONDS: valid,
    REUSE_INVALID_SECONDS: invalid,
  } = settings;
  if (days === undefined || valid === undefined || invalid === undefined) return [];
  const needed = Math.ceil(Math.max(valid, invalid) / 86_400);
  if (days >= needed) return [];
  return [
    {
      key: 'EVIDENCE_RETENTION_DAYS',
      expected: `at least ${needed}, since verdicts are taken over for so long (REUSE_VALID_SECONDS, REUSE_INVALID_SECONDS)`,
    },
  ];
}

function toConfig(
  settings: Settings,
  database: DatabaseSetting,
  cwd: string,
  storageDir: string,
): Omit<Config, 'webhook'> {
  const { SMTP_EHLO_NAME: ehloName, SMTP_MAIL_FROM: mailFrom } = settings;
  return {
    database,
    workerId: settings.WORKER_ID,
    serverId: settings.SERVER_ID ?? nameOfThisHost(),
    sender: ehloName !== undefined && mailFrom !== undefined ? { ehloName, mailFrom } : undefined,
    smtpPort: settings.SMTP_PORT,
    dnsServers: settings.DNS_SERVERS ?? [],
    dnsblZones: settings.DNSBL_ZONES,
    allowPrivateMx: settings.ALLOW_PRIVATE_MX,
    ipFamily: settings.SMTP_IP_FAMILY,
    localAddress: settings.SMTP_LOCAL_ADDRESS,
    proxy: settings.SMTP_PROXY,
    proxyRoutes: settings.SMTP_PROXY_ROUTES ?? {},
    replyTimeoutMs: inMs(settings.SIP_SMTP_SOCKET_TIMEOUT),
    connectTimeoutMs: inMs(settings.SMTP_CONNECT_TIMEOUT),
    sessionDeadlineMs: inMs(settings.SMTP_SESSION_TIMEOUT),
    maxConcurrentUsers: settings.MAX_CONCURRENT_USERS,
    userTurnSeconds: settings.USER_TURN_SECONDS,
    totalWorkersPool: settings.TOTAL_WORKERS_POOL,
    minWorkersPerUser: settings.MIN_WORKERS_PER_USER,
    minEmailsPerWorker: settings.MIN_EMAILS_PER_WORKER,
    allocationPolicy: settings.ALLOCATION_POLICY,
    maxSessionsPerWorker: settings.MAX_SESSIONS_PER_WORKER,
    maxRowsPerSlice: settings.MAX_ROWS_PER_SLICE,
    retryDelaysSeconds: settings.RETRY_DELAYS_SECONDS,
    shareVerdicts: settings.SHARE_VERDICTS,
    reuseValidSeconds: settings.REUSE_VALID_SECONDS,
    reuseInvalidSeconds: settings.REUSE_INVALID_SECONDS,
    claimSeconds: settings.CLAIM_SECONDS,
    lockStaleMs: inMs(settings.LOCK_STALE_SECONDS),
    detailedLogging: settings.ENABLE_DETAILED_LOGGING,
    logRedact: settings.LOG_REDACT,
    logDir: resolve(cwd, settings.LOG_DIR),
    logRetentionDays: settings.LOG_RETENTION_DAYS,
    evidenceRetentionDays: settings.EVIDENCE_RETENTION_DAYS,
    storageDir,
    metricsFile: settings.METRICS_FILE && resolve(cwd, settings.METRICS_FILE),
    pingUrl: settings.PING_URL,
    dashboardToken: settings.DASHBOARD_TOKEN,
  };
}

function inMs(seconds: number): number {
  return Math.round(seconds * 1000);
}

function firstOfEachKey(problems: readonly Problem[]): Problem[] {
  return problems.filter(({ key }, index) => problems.findIndex((other) => other.key === key) === index);
}

function showProblem({ key, expected }: Problem, texts: ReadonlyMap<SettingKey, SettingText>): ConfigProblem {
  const given = texts.get(key);
  return { key, value: given && showValue(key, given.text), origin: given?.origin, expected };
}

function configInvalid(problems: readonly ConfigProblem[]): OperationalError {
  const lines = problems.map(({ key, value, origin, expected, complaint }) => {
    if (complaint !== undefined) return `  ${complaint}: ${expected}`;
    const given = value === undefined ? `${key} is not set` : `${key}=${quote(value)}`;
    return `  ${given}${origin === undefined ? '' : ` (from ${origin})`}: expected ${expected}`;
  });
  return new OperationalError(
    'CONFIG_INVALID',
    `The configuration is invalid; nothing was started.\n${lines.join('\n')}`,
    {
      fields: { problems },
    },
  );
}

function quote(value: string): string {
  return JSON.stringify(value.length > 120 ? `${value.slice(0, 120)}…` : value);
}

function isProblems(value: DatabaseSetting | readonly Problem[]): value is readonly Problem[] {
  return Array.isArray(value);
}

function isProblem(value: WebhookSetting | undefined | Problem): value is Problem {
  return value !== undefined && 'expected' in value;
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value))
    if (typeof member === 'object' && member !== null) deepFreeze(member);
  return Object.freeze(value);
}
