// Where completed lists are told of, and the secret that the news are signed with. There is no unsigned news: whoever
// receives it could not tell it from anybody else's.

import type { Problem } from './setting-problem.ts';
import { readSecret } from './secret-setting.ts';
import type { Settings } from './settings.ts';

export interface WebhookSetting {
  readonly url: string;
  readonly secret: string;
}

const MIN_SECRET_CHARS = 16;

/** Gives the service that the settings name, undefined where they name none, or what is wrong with them. */
export function readWebhookSetting(
  settings: Partial<Settings>,
  cwd: string,
): WebhookSetting | undefined | Problem {
  const { WEBHOOK_URL: url } = settings;
  const secret = readSecret(settings, cwd, 'WEBHOOK_SECRET');
  if (typeof secret === 'object') return secret;
  if (url === undefined) return undefined;
  if (secret === undefined || secret.length < MIN_SECRET_CHARS) {
    return {
      key: settings.WEBHOOK_SECRET_FILE === undefined ? 'WEBHOOK_SECRET' : 'WEBHOOK_SECRET_FILE',
      expected: `a secret of at least ${MIN_SECRET_CHARS} characters, since WEBHOOK_URL is set`,
    };
  }
  return { url, secret };
}
