// What the demo says at its end: whether all is right, where things are, what to try, and the way to real use.

import type { DemoFolder } from './settings.ts';
import type { Verification } from './verify.ts';
import type { WitnessFacts } from './witness-facts.ts';

const MAX_LISTED = 20;

export interface Outcome {
  readonly verification: Verification;
  readonly facts: WitnessFacts;
  readonly seconds: number;
  readonly folder: DemoFolder;
  /** The checkout. */
  readonly root: string;
}

export function closingWords({ verification, facts, seconds, folder, root }: Outcome): string[] {
  const { total, agreeing, differences } = verification;
  return [
    '',
    `${total} addresses in ${seconds.toFixed(1)} s, waits for second and third attempts included.`,
    `${agreeing} of ${total} verdicts agree with what the mail hosts were scripted to mean.`,
    ...listed(differences),
    `The hosts saw ${facts.connections} connections to ${facts.hosts} of them, at most ${facts.mostAtOnce} at once to one, and ${facts.rcpts} RCPTs.`,
    facts.askedTwice.length === 0
      ? 'No address was asked about twice within one attempt.'
      : `${facts.askedTwice.length} addresses were asked about twice within one attempt:`,
    ...listed(facts.askedTwice),
    facts.violations.length === 0
      ? 'No DATA, no VRFY, no pipelining where it was not offered.'
      : `${facts.violations.length} times the protocol was broken:`,
    ...listed(facts.violations),
    '',
    'Logs, to look at or to count with grep:',
    `  less ${folder.logs}/smtp_validation_cron_*.log`,
    `  grep -h 'STATUS: unknown' ${folder.logs}/user_5_worker_*.log | head`,
    `  grep -h 'STATUS: valid' ${folder.logs}/user_*_worker_*.log | wc -l`,
    `  grep -h 'REASON: greylisted' ${folder.logs}/user_*_worker_*.log | head`,
    `Batch files, one a worker:  ls ${folder.storage}/batches/*/user_*`,
    `What the mail hosts saw:    head ${folder.witness}`,
    `To remove all of it:        rm -r ${folder.path}`,
    '',
    `For real use, in ${root}:`,
    '  cp .env.example .env      then set DATABASE_URL, SMTP_EHLO_NAME and SMTP_MAIL_FROM in it',
    '  bin/smtp-validate-cron migrate --dry-run    what would be created in the database',
    '  bin/smtp-validate-cron migrate',
    '  bin/smtp-validate-cron run --dry-run        what a cycle would do',
    '  bin/smtp-validate-cron doctor               is this machine fit to probe?',
    '  bin/smtp-validate-cron install cron         the line for the crontab; --write writes it',
  ];
}

/** What --keep adds; `folder` is the demo's, where no .env leads to another database, and `address` one that the internet knows. */
export function keepingWords(
  program: string,
  folder: string,
  settings: Readonly<Record<string, string>>,
  address: string,
): string[] {
  return [
    '',
    'The small internet stays up until Ctrl-C. To play with it from another terminal:',
    `  cd ${quote(folder)}`,
    ...Object.entries(settings).map(([key, value]) => `  export ${key}=${quote(value)}`),
    `  ${program} check ${address}      # world.json has all of them`,
    `  ${program} retry --list 3 --status invalid      # queues them again`,
    `  ${program} --dry-run`,
  ];
}

function listed(lines: readonly string[]): string[] {
  const shown = lines.slice(0, MAX_LISTED).map((line) => `  - ${line}`);
  return lines.length > MAX_LISTED ? [...shown, `  … and ${lines.length - MAX_LISTED} more`] : shown;
}

function quote(value: string): string {
  return /^[\w./:,@-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
