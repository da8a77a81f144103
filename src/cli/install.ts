// The command `install`: prints what makes cron or systemd start a cycle each minute, with the paths of this installation, or
// writes it. Replaces only what it made itself: the rest of a crontab stays to the letter, and so does a unit that was edited.

import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { cannotCreate } from '../files/file-errors.ts';
import { replaceFile } from '../files/replace-file.ts';
import { askProgram } from '../platform/ask-program.ts';
import { loadConfig } from '../platform/config.ts';
import { EXIT, OperationalError } from '../platform/operational-error.ts';
import { cronBlock, placeBlock } from './install/crontab-block.ts';
import { requireOneLine, type Starter } from './install/starter.ts';
import { isUnedited, systemdUnits, UNIT } from './install/systemd-units.ts';
import { printLine, say } from './output.ts';
import { PROGRAM_FOLDER } from './program-files.ts';

export interface InstallOptions {
  readonly what: 'cron' | 'systemd';
  readonly isWritten: boolean;
  readonly args: readonly string[];
  readonly offsetSeconds: number;
  /** Whose crontab, or as whom the service runs; undefined for whoever calls, of root only for cron. */
  readonly runAs: string | undefined;
  /** Where units go. */
  readonly unitFolder: string;
}

const CRONTAB_MS = 10_000;
const DEFAULT_USER = 'smtp-validate';

/** Prints, or writes and says what was done. Nothing is written twice. */
export async function installCommand(options: InstallOptions): Promise<number> {
  const starter: Starter = {
    folder: process.cwd(),
    node: process.execPath,
    program: join(PROGRAM_FOLDER, 'bin', 'smtp-validate-cron'),
    args: options.args,
    offsetSeconds: options.offsetSeconds,
  };
  requireOneLine([starter.folder, starter.node, starter.program]);
  if (!existsSync('.env'))
    say(`note: there is no .env in ${starter.folder}; settings, logs and storage are looked for there`);
  await (options.what === 'cron' ? installCron(starter, options) : installSystemd(starter, options));
  return EXIT.done;
}

async function installCron(starter: Starter, { isWritten, runAs }: InstallOptions): Promise<void> {
  const whose = runAs === undefined ? [] : ['-u', runAs];
  if (!isWritten) return printLine(cronBlock(starter));

  const before = await readCrontab(whose);
  const { table, isChanged, rivals, phpJobs } = placeBlock(before, starter);
  const [rival] = rivals;
  if (rival !== undefined) {
    throw new OperationalError(
      'USAGE',
      `install: the crontab starts it already, by a line that this command did not write: "${rival}". Nothing was changed; take that line out first, or keep it`,
    );
  }
  if (isChanged) await writeCrontab(whose, table);
  await printLine(
    isChanged ? `Written to the crontab:\n${cronBlock(starter)}` : 'The crontab has it already.',
  );
  if (phpJobs.length > 0 && !starter.args.includes('--shadow'))
    say('WARNING: the crontab starts smtp_validation_cron.php as well: take it out, or both write verdicts');
}

async function readCrontab(whose: readonly string[]): Promise<string> {
  const answer = await askProgram('crontab', [...whose, '-l'], CRONTAB_MS);
  if (answer.type === 'said') return answer.text;
  if (/\bno crontab for\b/.test(answer.why)) return '';
  throw new OperationalError(
    'FILE_NOT_READ',
    `install: the crontab could not be read (${answer.why}); nothing was changed`,
  );
}

async function writeCrontab(whose: readonly string[], table: string): Promise<void> {
  const answer = await askProgram('crontab', [...whose, '-'], CRONTAB_MS, table);
  const why = answer.type === 'failed' ? answer.why : undefined;
  if (why !== undefined || (await readCrontab(whose)) !== table) {
    throw new OperationalError(
      'FILE_NOT_WRITTEN',
      `install: the crontab was not taken (${why ?? 'it reads otherwise now'}); look at it with "crontab -l"`,
    );
  }
}

async function installSystemd(
  starter: Starter,
  { isWritten, runAs, unitFolder }: InstallOptions,
): Promise<void> {
  const { logDir, storageDir, metricsFile } = loadConfig({ cwd: starter.folder });
  const folders = [logDir, storageDir, ...(metricsFile === undefined ? [] : [dirname(metricsFile)])];
  const writable = folders.map((path) => resolve(path));
  requireOneLine(writable);
  const caller = userInfo();
  const units = systemdUnits({
    ...starter,
    writable,
    runAs: runAs ?? (caller.uid === 0 ? DEFAULT_USER : caller.username),
  });
  if (!isWritten) {
    for (const [name, text] of Object.entries(units)) await printLine(`# ${join(unitFolder, name)}\n${text}`);
    return;
  }
  for (const path of writable.filter((folder) => !existsSync(folder)))
    say(
      `note: ${path} is not there; systemd starts nothing before it is: make it, and give it to the service's user`,
    );
  for (const name of Object.keys(units)) refuseEdited(join(unitFolder, name));
  for (const [name, text] of Object.entries(units)) {
    const isChanged = writeUnit(join(unitFolder, name), text);
    await printLine(`${isChanged ? 'Written:' : 'There already:'} ${join(unitFolder, name)}`);
  }
  await printLine(`Now: systemctl daemon-reload && systemctl enable --now ${UNIT}.timer`);
}

function refuseEdited(path: string): void {
  if (!existsSync(path) || isUnedited(readFileSync(path, 'utf8'))) return;
  throw new OperationalError(
    'FILE_NOT_CREATED',
    `install: ${path} is there, and was edited or not made by this command; nothing was changed. Move it away, or compare it with what "install systemd" prints`,
  );
}

function writeUnit(path: string, text: string): boolean {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return false;
  replaceFile(path, text, { mode: 0o644, refusal: cannotCreate });
  return true;
}
