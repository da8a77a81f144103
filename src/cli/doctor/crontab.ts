// Reads lines of crontabs and systemd units: which of them start us, and how often. Pure; schedule.ts finds the texts.

/** A line that starts a cycle of ours, or the PHP job that we replace. */
export interface CronEntry {
  readonly isPhpJob: boolean;
  /** True of a run that leaves the CRM's tables alone. */
  readonly isShadow: boolean;
  /** True when it is started each minute. */
  readonly isEachMinute: boolean;
  /** The folder that the line changes to; undefined where it does not. */
  readonly folder: string | undefined;
  readonly line: string;
}

const OURS = /(?:^|[\s/;&|])smtp-validate-cron(?=$|['"\s;&|>])(?!['"]?\s+(?!run\b)[a-z])/;
const SHADOW = /\s--shadow\b/;
const PHP_JOB = /smtp_validation_cron\.php/;
const FIVE_FIELDS = /^(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(.*)$/;

/** Gives the entries of a crontab; `hasUser` for those of the system, which name a user before the command. */
export function findCronEntries(text: string, hasUser: boolean): CronEntry[] {
  return text.split('\n').flatMap((raw) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || /^\w+\s*=/.test(line)) return [];
    const [, minute = '', hour, day, month, weekday, rest = ''] = FIVE_FIELDS.exec(line) ?? [];
    const command = (hasUser ? rest.replace(/^\S+\s+/, '') : rest).replaceAll('\\%', '%');
    const isPhpJob = PHP_JOB.test(command);
    if (!isPhpJob && !OURS.test(command)) return [];
    const isAlways = [hour, day, month, weekday].every((field) => field === '*' || field === '*/1');
    const [, folder] =
      /(?:^|[\s;&|])cd\s+(?:"([^"]+)"|'([^']+)'|(\S+?))(?=\s*(?:&&|;|$))/
        .exec(command)
        ?.filter((part) => part !== undefined) ?? [];
    return [
      {
        isPhpJob,
        isShadow: SHADOW.test(command),
        isEachMinute: isAlways && /^(?:\*|\*\/1)$/.test(minute),
        folder,
        line,
      },
    ];
  });
}

/** A systemd service, as far as it concerns us. */
export interface Unit {
  readonly startsUs: boolean;
  readonly isShadow: boolean;
  readonly folder: string | undefined;
}

/** Reads a .service file. */
export function readService(text: string): Unit {
  const [, start = ''] = /^ExecStart\s*=\s*[-@:+!]*(.*)$/m.exec(text) ?? [];
  const [, folder] = /^WorkingDirectory\s*=\s*-?(\S+)/m.exec(text) ?? [];
  return { startsUs: OURS.test(start), isShadow: SHADOW.test(start), folder };
}

/** The unit that a .timer file starts: the one it names, else the one of its own name. */
export function serviceOfTimer(name: string, text: string): string {
  return /^Unit\s*=\s*(\S+)/m.exec(text)?.[1] ?? name.replace(/\.timer$/, '.service');
}
