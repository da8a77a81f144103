// Postfix as its manual has it, apart from places: addresses of virtual mailbox domains, everybody else refused at
// RCPT, and its usual limits on errors, which a prober must respect. No mail is ever taken.

import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ACCOUNTS, type MailTable, type MtaCommand, type MtaGround } from './mta-ground.ts';

/** Writes configuration, tables and an empty queue; gives how to start the master. */
export async function preparePostfix(ground: MtaGround): Promise<MtaCommand> {
  const { root, folder, place, table, isRoot } = ground;
  const config = join(folder, 'config');
  await mkdir(config);
  await writeFile(join(config, 'main.cf'), mainCf(ground, config));
  await writeFile(join(config, 'master.cf'), masterCf(`${place.ip}:${place.port}`));
  await writeFile(join(config, 'mailboxes'), mailboxTable(table));
  await writeFile(join(config, 'access'), accessTable(table));
  await makeQueue(folder, isRoot);
  return {
    program: join(root, 'usr/lib/postfix/sbin/master'),
    args: ['-s', '-c', config],
    env: { MAIL_CONFIG: config, LD_LIBRARY_PATH: join(root, 'usr/lib/postfix') },
  };
}

function mainCf({ root, folder, table }: MtaGround, config: string): string {
  return `compatibility_level = 3.6
config_directory = ${config}
queue_directory = ${folder}/queue
data_directory = ${folder}/state
daemon_directory = ${root}/usr/lib/postfix/sbin
command_directory = ${root}/usr/sbin
shlib_directory = ${root}/usr/lib/postfix
meta_directory = ${config}
mail_owner = postfix
setgid_group = postdrop
import_environment = MAIL_CONFIG LD_LIBRARY_PATH LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP UID_WRAPPER UID_WRAPPER_ROOT LANG=C
maillog_file = ${folder}/postfix.log
maillog_file_prefixes = ${folder}
myhostname = mx.postfix.example
inet_protocols = ipv4
smtpd_peername_lookup = no
mydestination =
alias_maps =
local_recipient_maps =
recipient_delimiter = +
virtual_mailbox_domains = texthash:${config}/mailboxes
virtual_mailbox_maps = texthash:${config}/mailboxes
smtpd_restriction_classes = policed
policed = check_policy_service inet:127.0.0.1:${table.policed?.port ?? 0}
smtpd_recipient_restrictions = reject_unauth_destination, check_recipient_access texthash:${config}/access
`;
}

function masterCf(listenOn: string): string {
  return `${listenOn} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
error unix - - n - - error
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
`;
}

// One table for both questions: a bare domain as key says that it is ours, an address that it exists, and
// `@domain` that all of them do.
function mailboxTable(table: MailTable): string {
  const ours = [
    ...table.domains,
    ...table.catchAllDomains,
    ...table.greylistedDomains,
    ...(table.policed?.domains ?? []),
  ];
  const known = [...table.mailboxes, ...table.fullMailboxes, ...(table.policed?.mailboxes ?? [])];
  const everybody = [...table.catchAllDomains, ...table.greylistedDomains].map((domain) => `@${domain}`);
  return [...ours, ...known, ...everybody].map((key) => `${key} x\n`).join('');
}

function accessTable({ greylistedDomains, fullMailboxes, policed }: MailTable): string {
  const lines = [
    ...greylistedDomains.map((domain) => `${domain} 450 4.2.0 Greylisted, please try again later`),
    ...(policed?.domains ?? []).map((domain) => `${domain} policed`),
    ...fullMailboxes.map((address) => `${address} 452 4.2.2 Mailbox is full`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

async function makeQueue(folder: string, isRoot: boolean): Promise<void> {
  const own = async (path: string, group: number, mode: number) => {
    await mkdir(path, { recursive: true });
    if (isRoot) await chown(path, ACCOUNTS.postfix, group);
    await chmod(path, mode);
  };
  await mkdir(join(folder, 'queue/pid'), { recursive: true });
  await own(join(folder, 'state'), ACCOUNTS.postfix, 0o700);
  const inner = 'active bounce corrupt defer deferred flush hold incoming private saved trace'.split(' ');
  for (const name of inner) await own(join(folder, 'queue', name), ACCOUNTS.postfix, 0o700);
  await own(join(folder, 'queue/public'), ACCOUNTS.postdrop, 0o710);
  await own(join(folder, 'queue/maildrop'), ACCOUNTS.postdrop, 0o730);
}
