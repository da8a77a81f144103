// The doctor's look at the settings: whether they can be used, which were made and where, and which of them hurt.

import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cleanLine } from '../../domain/clean-text.ts';
import type { Config } from '../../platform/config.ts';
import type { ConfigProblem } from '../../platform/config-sources.ts';
import type { ShownSetting } from '../../platform/show-settings.ts';
import { originText } from '../print-config.ts';
import { CannotCheck, type Check, configuredOf } from './check.ts';
import { failure, ok, type Remark, warning } from './remark.ts';

export const configurationChecks: readonly Check[] = [
  {
    theme: 'Configuration',
    about: 'settings',
    run: async ({ settings, problems, cwd }) => [...problems.map(remarkOn), summarise(settings, cwd)],
  },
  {
    theme: 'Configuration',
    about: 'sender',
    run: async (ground) => judgeSettings(configuredOf(ground).config),
  },
  { theme: 'Configuration', about: 'secrets', run: async ({ cwd, settings }) => judgeSecrets(cwd, settings) },
];

function remarkOn({ key, value, origin, expected, complaint }: ConfigProblem): Remark {
  const what =
    complaint ??
    (value === undefined ? `${key} is not set` : `${key}=${value} (from ${origin}) cannot be used`);
  return failure(
    'settings',
    what,
    complaint === undefined ? `Expected ${expected}.` : `${sentence(expected)}`,
  );
}

function summarise(settings: readonly ShownSetting[], cwd: string): Remark {
  const made = settings.filter(({ origin }) => origin !== undefined);
  if (made.length === 0)
    return warning(
      'settings',
      `none is made, neither in the environment nor in ${join(cwd, '.env')}`,
      'Run the doctor in the folder that the crontab line changes to, or copy .env.example to .env there.',
    );
  const own = made.filter(({ isUsual }) => !isUsual);
  if (own.length === 0) return ok('settings', 'all are as by default ("config print --origin" shows them)');
  return ok(
    'settings',
    `${own.length} of ${settings.length} differ${own.length === 1 ? 's' : ''} from the default ("config print --origin" shows all)`,
    own.map(({ key, value, origin }) => [key, cleanLine(value ?? ''), originText(origin, cwd)]),
  );
}

/** What can be used, and is not good. */
function judgeSettings({
  sender,
  smtpPort,
  allowPrivateMx,
}: Pick<Config, 'sender' | 'smtpPort' | 'allowPrivateMx'>): Remark[] {
  return [
    sender === undefined
      ? failure(
          'sender',
          'SMTP_EHLO_NAME and SMTP_MAIL_FROM are not both set, and nothing is probed without',
          'Set both, to a host name and a mailbox of yours.',
        )
      : ok('sender', `${sender.mailFrom}, as ${sender.ehloName}`),
    ...(smtpPort === 25
      ? []
      : [
          warning(
            'port',
            `mail servers are asked on port ${smtpPort}, where none of the internet listens`,
            'Take SMTP_PORT out: it is for tests.',
          ),
        ]),
    ...(allowPrivateMx
      ? [
          warning(
            'private hosts',
            'hosts with private addresses are dialled, so a stranger’s DNS record can make us knock at doors of our own network',
            'Take ALLOW_PRIVATE_MX out: it is for tests.',
          ),
        ]
      : []),
  ];
}

const SECRET_FILE = /(?:PASSWORD|SECRET)_FILE$/;

/** A file that holds a password is for its owner and group. */
function judgeSecrets(cwd: string, settings: readonly ShownSetting[]): Remark[] {
  const files = new Set([
    ...settings
      .filter(({ value, origin }) => value?.includes('***') === true && origin?.startsWith('/') === true)
      .map(({ origin }) => origin!),
    ...settings
      .filter(({ key, value }) => SECRET_FILE.test(key) && value !== undefined)
      .map(({ value }) => resolve(cwd, value!)),
  ]);
  return [...files].map((file) => {
    const name = originText(file, cwd);
    const mode = modeOf(file);
    return (mode & 0o007) === 0
      ? ok('secrets', `${name} is for its owner and group only`)
      : warning(
          'secrets',
          `${name} holds a password, and everybody on this machine may read it`,
          `chmod o= ${name}`,
        );
  });
}

function modeOf(file: string): number {
  try {
    return statSync(file).mode;
  } catch (error) {
    throw new CannotCheck((error as Error).message);
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;
}
