// The tables, as each database is told of them; ours as they were in version 1 (schema-changes.ts has what came
// later). The CRM's stand here only for an empty database; where the CRM has its own, they are never created nor
// altered, apart from indexes that are missing.

import { PENDING_INDEX, type SERVICE_TABLE_NAMES } from './schema-names.ts';

/** A table in both dialects, and why there is one. */
export interface TableDefinition {
  readonly name: string;
  readonly why: string;
  readonly mysql: string;
  readonly sqlite: string;
}

export interface IndexDefinition {
  readonly table: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly why: string;
}

const MYSQL_CRM = ') ENGINE=InnoDB DEFAULT CHARSET=utf8mb4';
// Binary collation: server names and cycle ids are compared as they are written.
const MYSQL_SERVICE = ') ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin';

export const CRM_TABLES: readonly TableDefinition[] = [
  {
    name: 'csv_list',
    why: 'the lists: counts, state and owner',
    mysql: `CREATE TABLE IF NOT EXISTS csv_list (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id INT NULL,
  list_name VARCHAR(255) NULL,
  file_name VARCHAR(255) NULL,
  total_emails INT NOT NULL DEFAULT 0,
  valid_count INT NOT NULL DEFAULT 0,
  invalid_count INT NOT NULL DEFAULT 0,
  status VARCHAR(50) NOT NULL DEFAULT 'pending',
  created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME NULL,
  KEY idx_status_user (status, user_id)
${MYSQL_CRM}`,
    sqlite: `CREATE TABLE IF NOT EXISTS csv_list (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NULL,
  list_name TEXT NULL,
  file_name TEXT NULL,
  total_emails INTEGER NOT NULL DEFAULT 0,
  valid_count INTEGER NOT NULL DEFAULT 0,
  invalid_count INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL DEFAULT 'pending',
  created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TEXT NULL
)`,
  },
  {
    name: 'exclude_accounts',
    why: 'accounts that are valid without a probe',
    mysql: `CREATE TABLE IF NOT EXISTS exclude_accounts (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  account VARCHAR(100) NOT NULL
${MYSQL_CRM}`,
    sqlite: `CREATE TABLE IF NOT EXISTS exclude_accounts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL
)`,
  },
  {
    name: 'exclude_domains',
    why: 'domains that are valid without a probe',
    mysql: `CREATE TABLE IF NOT EXISTS exclude_domains (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  domain VARCHAR(150) NOT NULL,
  ip_address VARCHAR(45) NULL
${MYSQL_CRM}`,
    sqlite: `CREATE TABLE IF NOT EXISTS exclude_domains (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  domain TEXT NOT NULL,
  ip_address TEXT NULL
)`,
  },
  {
    name: 'emails',
    why: 'the addresses to verify, and their verdicts',
    mysql: `CREATE TABLE IF NOT EXISTS emails (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  raw_emailid VARCHAR(150) NOT NULL,
  sp_account VARCHAR(100) NULL,
  sp_domain VARCHAR(100) NULL,
  domain_verified TINYINT NOT NULL DEFAULT 0,
  domain_status TINYINT NOT NULL DEFAULT 0,
  domain_processed TINYINT NOT NULL DEFAULT 0,
  validation_status VARCHAR(50) NULL DEFAULT 'pending',
  validation_response TEXT NULL,
  csv_list_id INT NULL,
  user_id INT NULL,
  worker_id INT NOT NULL DEFAULT 1,
  KEY idx_worker_processed (worker_id, domain_processed, id),
  KEY idx_user_worker_status (user_id, worker_id, domain_processed),
  KEY idx_csv_list_processing (csv_list_id, domain_processed, domain_status),
  KEY idx_raw_emailid (raw_emailid)
${MYSQL_CRM}`,
    sqlite: `CREATE TABLE IF NOT EXISTS emails (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  raw_emailid TEXT NOT NULL,
  sp_account TEXT NULL,
  sp_domain TEXT NULL,
  domain_verified INTEGER NOT NULL DEFAULT 0,
  domain_status INTEGER NOT NULL DEFAULT 0,
  domain_processed INTEGER NOT NULL DEFAULT 0,
  validation_status TEXT NULL DEFAULT 'pending',
  validation_response TEXT NULL,
  csv_list_id INTEGER NULL,
  user_id INTEGER NULL,
  worker_id INTEGER NOT NULL DEFAULT 1
)`,
  },
];

export const SERVICE_TABLES: readonly (TableDefinition & {
  readonly name: (typeof SERVICE_TABLE_NAMES)[number];
})[] = [
  {
    name: 'svc_meta',
    why: 'settings that all servers of this installation share',
    mysql: `CREATE TABLE IF NOT EXISTS svc_meta (
  name VARCHAR(64) NOT NULL PRIMARY KEY,
  value VARCHAR(255) NOT NULL
${MYSQL_SERVICE}`,
    sqlite: `CREATE TABLE IF NOT EXISTS svc_meta (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
)`,
  },
  {
    name: 'svc_row',
    why: 'rows that were touched and are not decided: who holds them, or when they are due',
    mysql: `CREATE TABLE IF NOT EXISTS svc_row (
  row_id BIGINT NOT NULL PRIMARY KEY,
  user_id BIGINT NOT NULL,
  list_id BIGINT NOT NULL,
  worker_id BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  token CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
  server VARCHAR(128) NULL,
  cycle_id VARCHAR(190) NULL,
  attempts INT NOT NULL DEFAULT 0,
  throttles INT NOT NULL DEFAULT 0,
  reason VARCHAR(64) NULL,
  response TEXT NULL,
  KEY svc_row_due (user_id, due_at, worker_id, list_id),
  KEY svc_row_token (token),
  KEY svc_row_server (server, token)
${MYSQL_SERVICE}`,
    sqlite: `CREATE TABLE IF NOT EXISTS svc_row (
  row_id INTEGER PRIMARY KEY,
  user_id INTEGER NOT NULL,
  list_id INTEGER NOT NULL,
  worker_id INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  token TEXT NULL,
  server TEXT NULL,
  cycle_id TEXT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  throttles INTEGER NOT NULL DEFAULT 0,
  reason TEXT NULL,
  response TEXT NULL
)`,
  },
  {
    name: 'svc_queue',
    why: 'up to where the rows of a user and list were touched',
    mysql: `CREATE TABLE IF NOT EXISTS svc_queue (
  user_id BIGINT NOT NULL,
  list_id BIGINT NOT NULL,
  worker_id BIGINT NOT NULL,
  frontier BIGINT NOT NULL DEFAULT 0,
  swept_to BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, list_id, worker_id),
  KEY svc_queue_list (list_id)
${MYSQL_SERVICE}`,
    sqlite: `CREATE TABLE IF NOT EXISTS svc_queue (
  user_id INTEGER NOT NULL,
  list_id INTEGER NOT NULL,
  worker_id INTEGER NOT NULL,
  frontier INTEGER NOT NULL DEFAULT 0,
  swept_to INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, list_id, worker_id)
) WITHOUT ROWID`,
  },
  {
    name: 'svc_turn',
    why: 'since when a user waits for its turn',
    mysql: `CREATE TABLE IF NOT EXISTS svc_turn (
  user_id BIGINT NOT NULL,
  worker_id BIGINT NOT NULL,
  waits_since BIGINT NOT NULL,
  PRIMARY KEY (user_id, worker_id)
${MYSQL_SERVICE}`,
    sqlite: `CREATE TABLE IF NOT EXISTS svc_turn (
  user_id INTEGER NOT NULL,
  worker_id INTEGER NOT NULL,
  waits_since INTEGER NOT NULL,
  PRIMARY KEY (user_id, worker_id)
) WITHOUT ROWID`,
  },
  {
    name: 'svc_server',
    why: 'which servers are at work, and when each was last heard of',
    mysql: `CREATE TABLE IF NOT EXISTS svc_server (
  server VARCHAR(128) NOT NULL PRIMARY KEY,
  cycle_id VARCHAR(190) NOT NULL,
  state VARCHAR(16) NOT NULL,
  began_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  pool_size INT NOT NULL,
  workers INT NOT NULL,
  rows_in_hand BIGINT NOT NULL
${MYSQL_SERVICE}`,
    sqlite: `CREATE TABLE IF NOT EXISTS svc_server (
  server TEXT NOT NULL PRIMARY KEY,
  cycle_id TEXT NOT NULL,
  state TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  pool_size INTEGER NOT NULL,
  workers INTEGER NOT NULL,
  rows_in_hand INTEGER NOT NULL
) WITHOUT ROWID`,
  },
  {
    name: 'svc_pace',
    why: 'what each server did for each user in each minute',
    mysql: `CREATE TABLE IF NOT EXISTS svc_pace (
  minute BIGINT NOT NULL,
  server VARCHAR(128) NOT NULL,
  user_id BIGINT NOT NULL,
  share INT NOT NULL DEFAULT 0,
  workers INT NOT NULL DEFAULT 0,
  rows_in_hand BIGINT NOT NULL DEFAULT 0,
  valid BIGINT NOT NULL DEFAULT 0,
  invalid BIGINT NOT NULL DEFAULT 0,
  catch_all BIGINT NOT NULL DEFAULT 0,
  disposable BIGINT NOT NULL DEFAULT 0,
  unknown BIGINT NOT NULL DEFAULT 0,
  deferred BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (minute, server, user_id)
${MYSQL_SERVICE}`,
    sqlite: `CREATE TABLE IF NOT EXISTS svc_pace (
  minute INTEGER NOT NULL,
  server TEXT NOT NULL,
  user_id INTEGER NOT NULL,
  share INTEGER NOT NULL DEFAULT 0,
  workers INTEGER NOT NULL DEFAULT 0,
  rows_in_hand INTEGER NOT NULL DEFAULT 0,
  valid INTEGER NOT NULL DEFAULT 0,
  invalid INTEGER NOT NULL DEFAULT 0,
  catch_all INTEGER NOT NULL DEFAULT 0,
  disposable INTEGER NOT NULL DEFAULT 0,
  unknown INTEGER NOT NULL DEFAULT 0,
  deferred INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (minute, server, user_id)
) WITHOUT ROWID`,
  },
  {
    name: 'svc_list',
    why: 'the fingerprint of a list under which its counts are exact',
    mysql: `CREATE TABLE IF NOT EXISTS svc_list (
  list_id BIGINT NOT NULL PRIMARY KEY,
  total_emails BIGINT NOT NULL,
  highest_row_id BIGINT NOT NULL
${MYSQL_SERVICE}`,
    sqlite: `CREATE TABLE IF NOT EXISTS svc_list (
  list_id INTEGER PRIMARY KEY,
  total_emails INTEGER NOT NULL,
  highest_row_id INTEGER NOT NULL
)`,
  },
  {
    name: 'svc_verdict',
    why: 'what each verdict stands on: who was asked, what was said, which rule decided',
    mysql: `CREATE TABLE IF NOT EXISTS svc_verdict (
  row_id BIGINT NOT NULL PRIMARY KEY,
  status VARCHAR(16) NOT NULL,
  reason VARCHAR(64) NOT NULL,
  code INT NULL,
  enhanced VARCHAR(16) NULL,
  reply TEXT NULL,
  mx VARCHAR(255) NULL,
  ip VARCHAR(45) NULL,
  rule_id VARCHAR(64) NULL,
  stage VARCHAR(16) NULL,
  failure VARCHAR(32) NULL,
  control_code INT NULL,
  control_reply TEXT NULL,
  known_catch_all VARCHAR(16) NULL,
  quoted_sender VARCHAR(255) NULL,
  attempt INT NOT NULL,
  decided_at BIGINT NOT NULL,
  server VARCHAR(128) NULL,
  transcript TEXT NULL
${MYSQL_SERVICE}`,
    sqlite: `CREATE TABLE IF NOT EXISTS svc_verdict (
  row_id INTEGER PRIMARY KEY,
  status TEXT NOT NULL,
  reason TEXT NOT NULL,
  code INTEGER NULL,
  enhanced TEXT NULL,
  reply TEXT NULL,
  mx TEXT NULL,
  ip TEXT NULL,
  rule_id TEXT NULL,
  stage TEXT NULL,
  failure TEXT NULL,
  control_code INTEGER NULL,
  control_reply TEXT NULL,
  known_catch_all TEXT NULL,
  quoted_sender TEXT NULL,
  attempt INTEGER NOT NULL,
  decided_at INTEGER NOT NULL,
  server TEXT NULL,
  transcript TEXT NULL
)`,
  },
  {
    name: 'svc_domain',
    why: 'whether the mail hosts of a domain accept everybody, and until when that is believed',
    mysql: `CREATE TABLE IF NOT EXISTS svc_domain (
  domain VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  catch_all VARCHAR(16) NOT NULL,
  decided_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  mx_set VARCHAR(500) NOT NULL,
  evidence VARCHAR(500) NULL,
  server VARCHAR(128) NULL
${MYSQL_SERVICE}`,
    sqlite: `CREATE TABLE IF NOT EXISTS svc_domain (
  domain TEXT NOT NULL PRIMARY KEY,
  catch_all TEXT NOT NULL,
  decided_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  mx_set TEXT NOT NULL,
  evidence TEXT NULL,
  server TEXT NULL
) WITHOUT ROWID`,
  },
  {
    name: 'svc_pause',
    why: 'what operators have paused: lists, users, providers, servers',
    mysql: `CREATE TABLE IF NOT EXISTS svc_pause (
  kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(190) NOT NULL,
  paused_at BIGINT NOT NULL,
  until_at BIGINT NULL,
  paused_by VARCHAR(255) NOT NULL,
  reason VARCHAR(500) NULL,
  PRIMARY KEY (kind, name)
${MYSQL_SERVICE}`,
    sqlite: `CREATE TABLE IF NOT EXISTS svc_pause (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  paused_at INTEGER NOT NULL,
  until_at INTEGER NULL,
  paused_by TEXT NOT NULL,
  reason TEXT NULL,
  PRIMARY KEY (kind, name)
) WITHOUT ROWID`,
  },
  {
    name: 'svc_destination',
    why: 'what each server knows of mail hosts: how many connections they bear, and which are left alone until when',
    mysql: `CREATE TABLE IF NOT EXISTS svc_destination (
  server VARCHAR(128) NOT NULL,
  destination VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  connections INT NOT NULL,
  ceiling INT NULL,
  ceiling_until BIGINT NULL,
  closed_by VARCHAR(16) NULL,
  closed_since BIGINT NULL,
  closed_until BIGINT NULL,
  wait_seconds BIGINT NULL,
  said VARCHAR(500) NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (server, destination),
  KEY svc_destination_closed (closed_until)
${MYSQL_SERVICE}`,
    sqlite: `CREATE TABLE IF NOT EXISTS svc_destination (
  server TEXT NOT NULL,
  destination TEXT NOT NULL,
  connections INTEGER NOT NULL,
  ceiling INTEGER NULL,
  ceiling_until INTEGER NULL,
  closed_by TEXT NULL,
  closed_since INTEGER NULL,
  closed_until INTEGER NULL,
  wait_seconds INTEGER NULL,
  said TEXT NULL,
  seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (server, destination)
) WITHOUT ROWID`,
  },
  {
    name: 'svc_import',
    why: 'lists that are being imported, and how far each has come: nothing of them is claimed yet',
    mysql: `CREATE TABLE IF NOT EXISTS svc_import (
  import_key CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  list_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  list_name VARCHAR(255) NOT NULL,
  entries BIGINT NOT NULL,
  digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  begun_at BIGINT NOT NULL,
  advanced_at BIGINT NOT NULL,
  imported_by VARCHAR(255) NOT NULL
${MYSQL_SERVICE}`,
    sqlite: `CREATE TABLE IF NOT EXISTS svc_import (
  import_key TEXT NOT NULL PRIMARY KEY,
  list_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL,
  list_name TEXT NOT NULL,
  entries INTEGER NOT NULL,
  digest TEXT NOT NULL,
  begun_at INTEGER NOT NULL,
  advanced_at INTEGER NOT NULL,
  imported_by TEXT NOT NULL
) WITHOUT ROWID`,
  },
  {
    name: 'svc_webhook',
    why: 'completed lists that WEBHOOK_URL has not been told of yet',
    mysql: `CREATE TABLE IF NOT EXISTS svc_webhook (
  delivery_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  list_id BIGINT NOT NULL,
  user_id BIGINT NULL,
  total BIGINT NOT NULL,
  valid BIGINT NOT NULL,
  invalid BIGINT NOT NULL,
  unknown_count BIGINT NOT NULL,
  missing BIGINT NOT NULL,
  completed_at BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  attempts INT NOT NULL
${MYSQL_SERVICE}`,
    sqlite: `CREATE TABLE IF NOT EXISTS svc_webhook (
  delivery_id TEXT NOT NULL PRIMARY KEY,
  list_id INTEGER NOT NULL,
  user_id INTEGER NULL,
  total INTEGER NOT NULL,
  valid INTEGER NOT NULL,
  invalid INTEGER NOT NULL,
  unknown_count INTEGER NOT NULL,
  missing INTEGER NOT NULL,
  completed_at INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL
) WITHOUT ROWID`,
  },
];

/** Indexes that this program leans on and a CRM's table may lack. MySQL has the others in its tables. */
export const CRM_INDEXES: readonly IndexDefinition[] = [
  {
    table: 'emails',
    name: PENDING_INDEX,
    columns: ['domain_processed', 'user_id', 'csv_list_id', 'id', 'worker_id'],
    why: 'pending rows are found and claimed along it; without it each look would read the whole table',
  },
  {
    table: 'emails',
    name: 'idx_csv_list_processing',
    columns: ['csv_list_id', 'domain_processed', 'domain_status'],
    why: 'the counts of a list are taken along it',
  },
  {
    table: 'emails',
    name: 'idx_raw_emailid',
    columns: ['raw_emailid'],
    why: 'an address is looked up along it by "explain"',
  },
  {
    table: 'csv_list',
    name: 'idx_status_user',
    columns: ['status', 'user_id'],
    why: 'lists that are not completed are found along it',
  },
];

/** Indexes of our own tables. MySQL has those of version 1 in its tables; a later one it is told of like SQLite. */
export const SERVICE_INDEXES: readonly Omit<IndexDefinition, 'why'>[] = [
  { table: 'svc_row', name: 'svc_row_due', columns: ['user_id', 'due_at', 'worker_id', 'list_id'] },
  { table: 'svc_row', name: 'svc_row_token', columns: ['token'] },
  { table: 'svc_row', name: 'svc_row_server', columns: ['server', 'token'] },
  { table: 'svc_queue', name: 'svc_queue_list', columns: ['list_id'] },
  { table: 'svc_destination', name: 'svc_destination_closed', columns: ['closed_until'] },
];
