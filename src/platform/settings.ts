// Every setting that an operator can make: its key, its default, what is accepted, and why it is as it is.
// Each has a zod schema of its own, made when a text is to be read: most settings are not made by anybody, and a cycle
// without work pays for none of those. `.env.example` and `config/settings.md` are printed from it
// (test/platform/settings-documents.test.ts keeps them equal). Where values come from: config-sources.ts; what they
// become for the program: config.ts.

import type * as z from 'zod/mini';

import {
  accessToken,
  delays,
  dnsServers,
  dnsZones,
  domainName,
  fileEndingIn,
  httpUrl,
  ipAddress,
  mailAddress,
  nonEmptyText,
  oneOf,
  proxy,
  proxyRoutes,
  secret,
  seconds,
  serverName,
  wholeNumber,
  yesOrNo,
} from './setting-values.ts';

interface Setting {
  /** Reads what an operator writes. */
  readonly schema: () => z.ZodMiniType<unknown, string>;
  /** The value when nothing is written. As a text it is what would be written. */
  readonly default?: string | number | boolean | readonly number[] | readonly string[];
  readonly reason: string;
}

export const SETTINGS = {
  DATABASE_URL: {
    schema: () => secret(),
    reason:
      "The CRM's database, as mysql://user:password@host:3306/database (mariadb:// likewise; special characters percent-encoded; ?socket=/path for a local socket). Either this or the DB_ keys; with neither, the SQLite file STORAGE_DIR/smtp-validate.db is used, which is for one server only.",
  },
  DB_HOST: {
    schema: () => nonEmptyText(),
    reason: 'Host of the database when DB_ keys are used; 127.0.0.1 when only DB_NAME and DB_USER are set.',
  },
  DB_PORT: {
    schema: () => wholeNumber(1, 65_535),
    reason: 'Port of the database; 3306 when not set.',
  },
  DB_SOCKET: {
    schema: () => nonEmptyText(),
    reason: 'Unix socket of a local database; it wins over DB_HOST and DB_PORT.',
  },
  DB_USER: {
    schema: () => nonEmptyText(),
    reason: 'Account of the database. deploy/ has the grants it needs.',
  },
  DB_PASSWORD: {
    schema: () => secret(),
    reason: 'Password of the account. It is never printed and never handed to workers.',
  },
  DB_PASSWORD_FILE: {
    schema: () => nonEmptyText(),
    reason:
      'File that holds the password, for systemd credentials and container secrets; one line end at its end is ignored.',
  },
  DB_NAME: {
    schema: () => nonEmptyText(),
    reason: 'Name of the database that holds emails and csv_list.',
  },

  WORKER_ID: {
    schema: () => wholeNumber(0, 999_999_999),
    reason:
      'Take only rows whose emails.worker_id is this number. Not set: all rows, and the servers share them out among themselves.',
  },
  SERVER_ID: {
    schema: () => serverName(),
    reason:
      'Name of this server in claims, logs and batch files; the host name when not set. Two servers must not share a name.',
  },

  SMTP_EHLO_NAME: {
    schema: () => domainName(),
    reason:
      'Host name that we greet mail servers with: ours, and best the one that the reverse DNS of our address gives. Nothing is probed without it.',
  },
  SMTP_MAIL_FROM: {
    schema: () => mailAddress(),
    reason:
      'Sender address of our probes: a mailbox of ours that takes mail, since many servers check it. Nothing is probed without it.',
  },
  SMTP_PORT: {
    schema: () => wholeNumber(1, 65_535),
    default: 25,
    reason: 'Port of the mail servers; another one only for tests.',
  },
  DNS_SERVERS: {
    schema: () => dnsServers(),
    reason:
      "DNS servers to ask, as a comma list of ip, ip:port or [ip6]:port. Not set: the system's. A resolver on this machine that caches is best.",
  },
  DNSBL_ZONES: {
    schema: () => dnsZones(),
    default: ['zen.spamhaus.org', 'bl.spamcop.net', 'psbl.surriel.com'],
    reason:
      'Block lists that "doctor" looks our own address up in, as a comma list of DNS zones; none: it looks nowhere. They are asked for nothing else. Most do not answer public resolvers, and b.barracudacentral.org only those who signed up.',
  },
  ALLOW_PRIVATE_MX: {
    schema: () => yesOrNo(),
    default: false,
    reason:
      'Also connect to mail hosts with private, loopback or reserved addresses. Off, so that nobody can make us knock at doors inside our network by a DNS record.',
  },
  SMTP_IP_FAMILY: {
    schema: () => oneOf(['4', '6', 'any']),
    default: 'any',
    reason:
      'Addresses of mail hosts to dial: 4 (IPv4 only), 6 (IPv6 only), any (IPv4, and IPv6 where a host has nothing else). Many hosts refuse IPv6 addresses without reverse DNS, so have that before 6. A host without an address of the family is tried again, never called invalid.',
  },
  SMTP_LOCAL_ADDRESS: {
    schema: () => ipAddress(),
    reason:
      "Source address of our connections, where this machine has several: the one that the reverse DNS of SMTP_EHLO_NAME belongs to. Not set: the system's choice. Hosts of the other IP family are not reached from it.",
  },
  SMTP_PROXY: {
    schema: () => proxy(),
    reason:
      'SOCKS5 proxy to reach mail hosts through, as socks5://user:password@host:1080 (special characters percent-encoded), for a machine whose port 25 is closed. It is given checked IP addresses, never names. Its failures are tried again and never held against an address. Use it to get out at all, not to get round a block.',
  },
  SMTP_PROXY_ROUTES: {
    schema: () => proxyRoutes(),
    reason:
      'Other ways for single providers, as a comma list of provider=socks5://… or provider=direct; all others go by SMTP_PROXY, or directly without it.',
  },
  SIP_SMTP_SOCKET_TIMEOUT: {
    schema: () => seconds(0.1, 600),
    default: 45,
    reason:
      'Seconds to wait for each SMTP reply. Many hosts delay their greeting by 20 to 30 s to shake off spammers; raise it for slow networks.',
  },
  SMTP_CONNECT_TIMEOUT: {
    schema: () => seconds(0.1, 300),
    default: 10,
    reason:
      'Seconds to wait for a TCP connection. A host that takes longer to say hello to the network is down or filters us.',
  },
  SMTP_SESSION_TIMEOUT: {
    schema: () => seconds(0.1, 3600),
    default: 120,
    reason:
      'Seconds that one SMTP session may last in all, so that a host which answers just in time, every time, cannot hold a worker.',
  },

  MAX_CONCURRENT_USERS: {
    schema: () => wholeNumber(1, 1000),
    default: 3,
    reason:
      'Users that are worked for at the same time; the next one enters when one is done or when its turn comes.',
  },
  USER_TURN_SECONDS: {
    schema: () => wholeNumber(1, 86_400),
    default: 180,
    reason:
      'Seconds that a user may hold its place for while others wait. Some minutes: shorter, and more addresses go back unprobed than are worth it; longer, and the fourth user waits for what it need not. A place whose user has nothing left is free at once.',
  },
  TOTAL_WORKERS_POOL: {
    schema: () => wholeNumber(1, 1000),
    default: 50,
    reason:
      'Places for workers on this server, divided among the active users. As many as there is work for are started, not always all.',
  },
  MIN_WORKERS_PER_USER: {
    schema: () => wholeNumber(1, 1000),
    default: 5,
    reason: 'Workers that each active user gets at least, so that a small list moves beside a huge one.',
  },
  MIN_EMAILS_PER_WORKER: {
    schema: () => wholeNumber(1, 100_000),
    default: 20,
    reason: 'Addresses that justify one more worker for a user. Higher: fewer workers.',
  },
  ALLOCATION_POLICY: {
    schema: () => oneOf(['balanced', 'proportional', 'equal']),
    default: 'balanced',
    reason:
      'How workers are divided: balanced (by the square root of what is pending, the least mean finishing time), proportional (by what is pending), equal.',
  },
  MAX_SESSIONS_PER_WORKER: {
    schema: () => wholeNumber(1, 500),
    default: 256,
    reason:
      'SMTP sessions that one worker keeps open at most, each to another destination. Waiting costs nearly nothing, a process much: where hosts are slow, those of the workers at work are widened from 64 up to this before others are started.',
  },
  MAX_ROWS_PER_SLICE: {
    schema: () => wholeNumber(1, 10_000),
    default: 200,
    reason:
      'Addresses handed to a worker at a time: a minute or so of work, so that a crash costs little and no tail waits on one worker.',
  },
  RETRY_DELAYS_SECONDS: {
    schema: () => delays(),
    default: [300, 900, 1800, 3600],
    reason:
      'Seconds to wait before the 2nd, 3rd, … attempt of an address that was put off. Greylisting lasts 5 to 60 minutes, so these pass it. What takes longer (a block, a limit, a full mailbox, a host that is down) goes on by the waits in docs/reasons.md, for three days at most, which shrink in proportion when this begins below 300; when it begins below 60 it holds for every reason as it stands. none: no second attempt.',
  },
  SHARE_VERDICTS: {
    schema: () => yesOrNo(),
    default: true,
    reason:
      'Ask once about an address that stands in lists of several users, and give all of them the answer. false keeps users apart, where one may not profit from what was found out for another; rows of the same user share all the same.',
  },
  REUSE_VALID_SECONDS: {
    schema: () => wholeNumber(0, 2_592_000),
    default: 86_400,
    reason:
      'Seconds for which valid and catch-all are good enough for another row of the same address, so that it is not asked about again. A day: mailboxes seldom go within it, and whoever uploads a list twice gets the second at once. unknown is never taken over. 0: each row is asked about, unless its address is being asked about at that moment.',
  },
  REUSE_INVALID_SECONDS: {
    schema: () => wholeNumber(0, 2_592_000),
    default: 86_400,
    reason:
      'The same for invalid. Longer spares more of the probes that hosts hold against us most; shorter finds mailboxes sooner that were made since.',
  },
  CLAIM_SECONDS: {
    schema: () => wholeNumber(10, 300),
    default: 300,
    reason:
      'Seconds for which addresses stay claimed by a server that gives no sign of life; then the others take them over. At most 300, so that what a dead server held is free within five minutes. Renewed at a fifth of it, and a database that is away is waited for two fifths of it, so lower only what may stall or restart faster.',
  },
  LOCK_STALE_SECONDS: {
    schema: () => wholeNumber(5, 3600),
    default: 45,
    reason:
      "Seconds after which a lock that nobody refreshes is free again, where its holder cannot be judged. Below cron's minute, and long enough for a machine that stalls.",
  },

  ENABLE_DETAILED_LOGGING: {
    schema: () => yesOrNo(),
    default: true,
    reason:
      'Write the log files of users and workers, a line for every address. The cycle log is always written.',
  },
  LOG_REDACT: {
    schema: () => oneOf(['none', 'mask', 'hash']),
    default: 'none',
    reason:
      'How addresses stand in log files, also where mail servers quote them: none (as they are), mask (***@example.com), hash (#1f0c… keyed by the secret of this installation, so that it is the same on all servers; "logs --address" finds one). Batch files, journals and the database hold them as they are.',
  },
  LOG_DIR: {
    schema: () => nonEmptyText(),
    default: 'logs',
    reason: 'Folder of the log files; a relative one starts at the folder in which the program is started.',
  },
  LOG_RETENTION_DAYS: {
    schema: () => wholeNumber(1, 3650),
    default: 7,
    reason:
      'Days for which log files and batch files are kept, and for which the command gc leaves what servers did minute by minute (svc_pace).',
  },
  EVIDENCE_RETENTION_DAYS: {
    schema: () => wholeNumber(1, 36_500),
    default: 90,
    reason:
      'Days for which the command gc leaves what verdicts stand on (svc_verdict, svc_domain): what explain tells, reclassify and retry --reason go by, and other rows of the same address take over. Some 800 bytes an address, most of it the dialogue. Nothing of it is removed but by gc.',
  },
  STORAGE_DIR: {
    schema: () => nonEmptyText(),
    default: 'storage',
    reason: 'Folder of the lock, the batch files and the SQLite database; on a local disk.',
  },

  METRICS_FILE: {
    schema: () => fileEndingIn('.prom'),
    reason:
      "File of metrics for Prometheus, in the folder of node_exporter's textfile collector: written at the end of each cycle and every 15 s while there is work. Its counters go on from what stands in it. No address, domain, user or list is in it. Each server on a machine needs its own.",
  },
  PING_URL: {
    schema: () => httpUrl(),
    reason:
      'URL of a check at healthchecks.io or a service like it: pinged with /start when a cycle begins, with /<exit code> when it ends, and as it is once a minute while it works, so that somebody hears of a server that does nothing. What a ping comes to changes nothing but a line in the log. Its path is taken for a secret.',
  },
  WEBHOOK_URL: {
    schema: () => httpUrl(),
    reason:
      'URL that is told by a POST of JSON when a list is completed; set it on every server of the database. What is not answered with 2xx is sent again after 1, 2, 4 … 60 minutes for a day, under the same id. Redirects are not followed.',
  },
  WEBHOOK_SECRET: {
    schema: () => secret(),
    reason:
      'What these messages are signed with (HMAC-SHA256, by standardwebhooks.com), 16 characters at least; one that begins with whsec_ is read as Base64. docs/webhooks.md shows how to verify them.',
  },
  WEBHOOK_SECRET_FILE: {
    schema: () => nonEmptyText(),
    reason: 'File that holds WEBHOOK_SECRET; one line end at its end is ignored.',
  },
  DASHBOARD_TOKEN: {
    schema: () => accessToken(),
    reason:
      'What whoever opens the dashboard must show, at least 16 letters and digits. Not set: nothing is needed on this machine itself, and "dashboard --host …" makes one up and prints it.',
  },
} satisfies Record<string, Setting>;

export type SettingKey = keyof typeof SETTINGS;
export type Settings = {
  readonly [Key in SettingKey]:
    | z.output<ReturnType<(typeof SETTINGS)[Key]['schema']>>
    | ((typeof SETTINGS)[Key] extends { readonly default: unknown } ? never : undefined);
};

/** Gives the value that the text means, or what was expected instead. Makes the schema of this one setting only. */
export function readSetting<Key extends SettingKey>(
  key: Key,
  text: string,
): { readonly value: Settings[Key] } | { readonly expected: string } {
  const { success, data, error } = SETTINGS[key].schema().safeParse(text);
  return success ? { value: data as Settings[Key] } : { expected: error.issues[0]!.message };
}

/** The value of a setting that nobody made; undefined where there is none. */
export function defaultOf<Key extends SettingKey>(key: Key): Settings[Key] {
  const setting: Setting = SETTINGS[key];
  return setting.default as Settings[Key];
}

/** One setting as documents show it. */
export interface SettingDocument {
  readonly key: SettingKey;
  /** As it would be written; undefined for what is not set by default. */
  readonly default: string | undefined;
  readonly reason: string;
}

/** All settings with defaults and reasons, in the order of the table. */
export function documentSettings(): SettingDocument[] {
  return Object.entries<Setting>(SETTINGS).map(([key, setting]) => ({
    key: key as SettingKey,
    default: setting.default === undefined ? undefined : String(setting.default),
    reason: setting.reason,
  }));
}
