// Every setting that an operator can make: its key, its default, what is accepted, and why it is as it is.
// This is the only place where policy has numbers. `.env.example` and `config/settings.md` are printed from
// it (test/platform/settings-documents.test.ts keeps them equal). Where values come from and what they
// become for the program: config.ts.

import * as z from 'zod';

import {
  delays,
  dnsServers,
  domainName,
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

export const SETTINGS = z.object({
  DATABASE_URL: secret()
    .optional()
    .describe(
      "The CRM's database, as mysql://user:password@host:3306/database (mariadb:// likewise; special characters percent-encoded; ?socket=/path for a local socket). Either this or the DB_ keys; with neither, the SQLite file STORAGE_DIR/smtp-validate.db is used, which is for one server only.",
    ),
  DB_HOST: nonEmptyText()
    .optional()
    .describe(
      'Host of the database when DB_ keys are used; 127.0.0.1 when only DB_NAME and DB_USER are set.',
    ),
  DB_PORT: wholeNumber(1, 65_535).optional().describe('Port of the database; 3306 when not set.'),
  DB_SOCKET: nonEmptyText()
    .optional()
    .describe('Unix socket of a local database; it wins over DB_HOST and DB_PORT.'),
  DB_USER: nonEmptyText().optional().describe('Account of the database. deploy/ has the grants it needs.'),
  DB_PASSWORD: secret()
    .optional()
    .describe('Password of the account. It is never printed and never handed to workers.'),
  DB_PASSWORD_FILE: nonEmptyText()
    .optional()
    .describe(
      'File that holds the password, for systemd credentials and container secrets; one line end at its end is ignored.',
    ),
  DB_NAME: nonEmptyText().optional().describe('Name of the database that holds emails and csv_list.'),

  WORKER_ID: wholeNumber(0, 999_999_999)
    .optional()
    .describe(
      'Take only rows whose emails.worker_id is this number. Not set: all rows, and the servers share them out among themselves.',
    ),
  SERVER_ID: serverName()
    .optional()
    .describe(
      'Name of this server in claims, logs and batch files; the host name when not set. Two servers must not share a name.',
    ),

  SMTP_EHLO_NAME: domainName()
    .optional()
    .describe(
      'Host name that we greet mail servers with: ours, and best the one that the reverse DNS of our address gives. Nothing is probed without it.',
    ),
  SMTP_MAIL_FROM: mailAddress()
    .optional()
    .describe(
      'Sender address of our probes: a mailbox of ours that takes mail, since many servers check it. Nothing is probed without it.',
    ),
  SMTP_PORT: wholeNumber(1, 65_535)
    .prefault('25')
    .describe('Port of the mail servers; another one only for tests.'),
  DNS_SERVERS: dnsServers()
    .optional()
    .describe(
      "DNS servers to ask, as a comma list of ip, ip:port or [ip6]:port. Not set: the system's. A resolver on this machine that caches is best.",
    ),
  ALLOW_PRIVATE_MX: yesOrNo()
    .prefault('false')
    .describe(
      'Also connect to mail hosts with private, loopback or reserved addresses. Off, so that nobody can make us knock at doors inside our network by a DNS record.',
    ),
  SMTP_IP_FAMILY: oneOf(['4', '6', 'any'])
    .prefault('any')
    .describe(
      'Addresses of mail hosts to dial: 4 (IPv4 only), 6 (IPv6 only), any (IPv4, and IPv6 where a host has nothing else). Many hosts refuse IPv6 addresses without reverse DNS, so have that before 6. A host without an address of the family is tried again, never called invalid.',
    ),
  SMTP_LOCAL_ADDRESS: ipAddress()
    .optional()
    .describe(
      "Source address of our connections, where this machine has several: the one that the reverse DNS of SMTP_EHLO_NAME belongs to. Not set: the system's choice. Hosts of the other IP family are not reached from it.",
    ),
  SMTP_PROXY: proxy()
    .optional()
    .describe(
      'SOCKS5 proxy to reach mail hosts through, as socks5://user:password@host:1080 (special characters percent-encoded), for a machine whose port 25 is closed. It is given checked IP addresses, never names. Its failures are tried again and never held against an address. Use it to get out at all, not to get round a block.',
    ),
  SMTP_PROXY_ROUTES: proxyRoutes()
    .optional()
    .describe(
      'Other ways for single providers, as a comma list of provider=socks5://… or provider=direct; all others go by SMTP_PROXY, or directly without it.',
    ),
  SIP_SMTP_SOCKET_TIMEOUT: seconds(0.1, 600)
    .prefault('45')
    .describe(
      'Seconds to wait for each SMTP reply. Many hosts delay their greeting by 20 to 30 s to shake off spammers; raise it for slow networks.',
    ),
  SMTP_CONNECT_TIMEOUT: seconds(0.1, 300)
    .prefault('10')
    .describe(
      'Seconds to wait for a TCP connection. A host that takes longer to say hello to the network is down or filters us.',
    ),
  SMTP_SESSION_TIMEOUT: seconds(0.1, 3600)
    .prefault('120')
    .describe(
      'Seconds that one SMTP session may last in all, so that a host which answers just in time, every time, cannot hold a worker.',
    ),

  MAX_CONCURRENT_USERS: wholeNumber(1, 1000)
    .prefault('3')
    .describe(
      'Users that are worked for at the same time; the next one enters when one is done or when its turn comes.',
    ),
  USER_TURN_SECONDS: wholeNumber(1, 86_400)
    .prefault('180')
    .describe(
      'Seconds that a user may hold its place for while others wait. Some minutes: shorter, and more addresses go back unprobed than are worth it; longer, and the fourth user waits for what it need not. A place whose user has nothing left is free at once.',
    ),
  TOTAL_WORKERS_POOL: wholeNumber(1, 1000)
    .prefault('50')
    .describe(
      'Places for workers on this server, divided among the active users. As many as there is work for are started, not always all.',
    ),
  MIN_WORKERS_PER_USER: wholeNumber(1, 1000)
    .prefault('5')
    .describe('Workers that each active user gets at least, so that a small list moves beside a huge one.'),
  MIN_EMAILS_PER_WORKER: wholeNumber(1, 100_000)
    .prefault('20')
    .describe('Addresses that justify one more worker for a user. Higher: fewer workers.'),
  ALLOCATION_POLICY: oneOf(['balanced', 'proportional', 'equal'])
    .prefault('balanced')
    .describe(
      'How workers are divided: balanced (by the square root of what is pending, the least mean finishing time), proportional (by what is pending), equal.',
    ),
  MAX_SESSIONS_PER_WORKER: wholeNumber(1, 500)
    .prefault('16')
    .describe(
      'SMTP sessions that one worker keeps open at once, each to another destination. Waiting costs nearly nothing; 50 workers with 16 are 800 sockets.',
    ),
  MAX_ROWS_PER_SLICE: wholeNumber(1, 10_000)
    .prefault('200')
    .describe(
      'Addresses handed to a worker at a time: a minute or so of work, so that a crash costs little and no tail waits on one worker.',
    ),
  RETRY_DELAYS_SECONDS: delays()
    .prefault('300,900,1800,3600')
    .describe(
      'Seconds to wait before the 2nd, 3rd, … attempt of an address that was put off. Greylisting lasts 5 to 60 minutes, so these pass it. What takes longer (a block, a limit, a full mailbox, a host that is down) goes on by the waits in docs/reasons.md, for three days at most, which shrink in proportion when this begins below 300; when it begins below 60 it holds for every reason as it stands. none: no second attempt.',
    ),
  CLAIM_SECONDS: wholeNumber(10, 300)
    .prefault('300')
    .describe(
      'Seconds for which addresses stay claimed by a server that gives no sign of life; then the others take them over. At most 300, so that what a dead server held is free within five minutes. Renewed at a fifth of it, and a database that is away is waited for two fifths of it, so lower only what may stall or restart faster.',
    ),
  LOCK_STALE_SECONDS: wholeNumber(5, 3600)
    .prefault('45')
    .describe(
      "Seconds after which a lock that nobody refreshes is free again, where its holder cannot be judged. Below cron's minute, and long enough for a machine that stalls.",
    ),

  ENABLE_DETAILED_LOGGING: yesOrNo()
    .prefault('true')
    .describe(
      'Write the log files of users and workers, a line for every address. The cycle log is always written.',
    ),
  LOG_DIR: nonEmptyText()
    .prefault('logs')
    .describe(
      'Folder of the log files; a relative one starts at the folder in which the program is started.',
    ),
  LOG_RETENTION_DAYS: wholeNumber(1, 3650)
    .prefault('7')
    .describe('Days for which log files and batch files are kept.'),
  STORAGE_DIR: nonEmptyText()
    .prefault('storage')
    .describe('Folder of the lock, the batch files and the SQLite database; on a local disk.'),
});

export type SettingKey = keyof typeof SETTINGS.shape;
export type Settings = z.output<typeof SETTINGS>;

/** One setting as documents show it. */
export interface SettingDocument {
  readonly key: SettingKey;
  /** As it would be written; undefined for what is not set by default. */
  readonly default: string | undefined;
  readonly reason: string;
}

/** All settings with defaults and reasons, in the order of the schema. */
export function documentSettings(): SettingDocument[] {
  return Object.entries(SETTINGS.shape).map(([key, schema]) => ({
    key: key as SettingKey,
    default: schema instanceof z.ZodPrefault ? String(schema.def.defaultValue) : undefined,
    reason: schema.description ?? '',
  }));
}
