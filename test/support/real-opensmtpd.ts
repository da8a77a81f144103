// OpenSMTPD as its manual has it: virtual mailboxes, everybody else refused at RCPT, a filter for those that are full or put
// off. It has its places compiled in (/var/spool/smtpd, /var/run/smtpd.sock), so it lives in a root folder of its own
// that holds it, the libraries it needs and accounts: which takes root. No mail is ever taken.

import { execFile } from 'node:child_process';
import { chmod, chown, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ACCOUNTS, libraryTriplet, type MailTable, type MtaCommand, type MtaGround } from './mta-ground.ts';

const PROGRAMS = ['/usr/sbin/smtpd', '/usr/sbin/smtpctl'];
const EMPTY = '/var/lib/opensmtpd/empty';

/** Makes the root folder with configuration, tables and an empty spool; gives how to start the daemon in it. */
export async function prepareOpensmtpd(ground: MtaGround): Promise<MtaCommand> {
  const cage = join(ground.folder, 'root');
  for (const place of ['etc', 'var/run', 'var/spool/smtpd', EMPTY, 'dev', 'tmp']) {
    await mkdir(join(cage, place), { recursive: true });
  }
  await chown(join(cage, EMPTY), ACCOUNTS.opensmtpd, ACCOUNTS.opensmtpd);
  await chmod(join(cage, 'var/spool/smtpd'), 0o711);
  await copyPrograms(ground.root, cage);
  for (const [file, text] of Object.entries(files(ground))) await writeFile(join(cage, file), text);
  return {
    program: '/usr/sbin/chroot',
    args: [cage, '/usr/sbin/smtpd', '-d', '-f', '/etc/smtpd.conf'],
    env: { LD_PRELOAD: '' }, // what wraps the others cannot be found in there
  };
}

async function copyPrograms(root: string, cage: string): Promise<void> {
  const paths = PROGRAMS.map((program) => join(root, program));
  const env = { PATH: '/usr/bin:/bin', LD_LIBRARY_PATH: join(root, 'usr/lib', libraryTriplet()) };
  const { stdout } = await promisify(execFile)('ldd', paths, { env });
  const libraries = stdout.split('\n').flatMap((line) => /(?:=> |^\t)(\/\S+) \(/.exec(line)?.[1] ?? []);
  for (const path of new Set([...paths, ...libraries])) {
    const target = join(cage, path.startsWith(`${root}/`) ? path.slice(root.length) : path);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(path, target);
  }
}

function files({ place, table }: MtaGround): Readonly<Record<string, string>> {
  const { opensmtpd, opensmtpq, mailbox } = ACCOUNTS;
  const accounts = { root: 0, opensmtpd, opensmtpq, mailbox };
  const entries = Object.entries(accounts);
  return {
    'etc/passwd': lines(entries.map(([name, id]) => `${name}:x:${id}:${id}::${EMPTY}:/bin/false`)),
    'etc/group': lines(entries.map(([name, id]) => `${name}:x:${id}:`)),
    'etc/mailname': 'mx.opensmtpd.example\n',
    'etc/hosts': '127.0.0.1 localhost\n',
    'etc/resolv.conf': 'nameserver 127.0.0.1\n',
    'dev/null': '',
    'etc/mailboxes': mailboxTable(table),
    'etc/smtpd.conf': smtpdConf(place.ip, place.port, table),
  };
}

// `@domain` stands for all of its addresses.
function mailboxTable(table: MailTable): string {
  const everybody = [...table.catchAllDomains, ...table.greylistedDomains].map((domain) => `@${domain}`);
  return lines(
    [...table.mailboxes, ...table.fullMailboxes, ...everybody].map((address) => `${address} mailbox`),
  );
}

function smtpdConf(ip: string, port: number, table: MailTable): string {
  const domains = [...table.domains, ...table.catchAllDomains, ...table.greylistedDomains];
  return `table mailboxes file:/etc/mailboxes
table full ${list(table.fullMailboxes)}
table greylisted ${list(table.greylistedDomains.map((domain) => `@${domain}`))}
filter full phase rcpt-to match rcpt-to <full> reject "452 4.2.2 Mailbox is full"
filter greylisted phase rcpt-to match rcpt-to <greylisted> reject "450 4.2.0 Greylisted, please try again later"
filter both chain { full, greylisted }
listen on ${ip} port ${port} hostname mx.opensmtpd.example filter both
action nowhere mbox virtual <mailboxes>
match from any for domain ${list(domains)} action nowhere
`;
}

function list(texts: readonly string[]): string {
  return `{ ${texts.map((text) => `"${text}"`).join(', ')} }`;
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
