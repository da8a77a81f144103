// Exim close to its default configuration: recipients verified by the routers at RCPT, relaying refused, whoever
// speaks out of turn cut off (smtp_enforce_sync). No mail is ever taken.

import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ACCOUNTS, libraryTriplet, type MtaCommand, type MtaGround } from './mta-ground.ts';

/** Writes configuration, tables and an empty spool; gives how to start the daemon. */
export async function prepareExim(ground: MtaGround): Promise<MtaCommand> {
  const { root, folder, table, isRoot } = ground;
  const spool = join(folder, 'spool');
  await mkdir(spool);
  if (isRoot) await chown(spool, ACCOUNTS.exim, ACCOUNTS.exim);
  await writeFile(join(folder, 'mailboxes'), keys([...table.mailboxes, ...table.fullMailboxes]));
  await writeFile(join(folder, 'full'), keys(table.fullMailboxes));
  const config = join(folder, 'exim.conf');
  await writeFile(config, eximConf(ground, spool), { mode: 0o644 });
  return {
    program: join(root, 'usr/sbin/exim4'),
    args: ['-C', config, '-bdf'],
    env: { LD_LIBRARY_PATH: join(root, 'usr/lib', libraryTriplet()) },
  };
}

function keys(addresses: readonly string[]): string {
  return addresses.map((address) => `"${address.replaceAll(/["\\]/g, String.raw`\$&`)}": x\n`).join('');
}

function eximConf({ folder, place, table }: MtaGround, spool: string): string {
  return `primary_hostname = mx.exim.example
spool_directory = ${spool}
log_file_path = ${spool}/%s.log
pid_file_path = ${spool}/exim.pid
keep_environment =
daemon_smtp_ports = ${place.port}
local_interfaces = ${place.ip}
tls_advertise_hosts =
smtputf8_advertise_hosts = *
host_lookup =
rfc1413_hosts =
domainlist local_domains = ${table.domains.join(' : ')}
domainlist catch_all = ${table.catchAllDomains.join(' : ')}
domainlist greylisted = ${table.greylistedDomains.join(' : ')}
acl_smtp_rcpt = check_rcpt
begin acl
check_rcpt:
  defer   domains = +greylisted
          message = greylisted, please try again later
  require message = relay not permitted
          domains = +local_domains : +catch_all
  require verify = recipient
  defer   condition = \${lookup{$local_part@$domain}lsearch{${folder}/full}{yes}{no}}
          message = 452 4.2.2 mailbox is full
  accept
begin routers
catch_all:
  driver = accept
  domains = +catch_all
  transport = nowhere
mailbox:
  driver = accept
  domains = +local_domains
  local_part_suffix = +*
  local_part_suffix_optional
  condition = \${lookup{$local_part@$domain}lsearch{${folder}/mailboxes}{yes}{no}}
  transport = nowhere
begin transports
nowhere:
  driver = appendfile
  file = /dev/null
`;
}
