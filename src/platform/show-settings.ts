// Settings as they may be shown: what is in force, where it comes from, and nothing of a secret.

import { collectSettings, type Origin, type SettingSources } from './config-sources.ts';
import { maskDatabaseUrl } from './database-setting.ts';
import { nameOfThisHost } from './host-name.ts';
import { maskProxy, maskProxyRoutes } from './proxy-setting.ts';
import { documentSettings, type SettingKey } from './settings.ts';
import { maskUrl } from './url-setting.ts';

export interface ShownSetting {
  readonly key: SettingKey;
  /** As it would be written; undefined where nothing is set and there is no default. */
  readonly value: string | undefined;
  /** Undefined for a default. */
  readonly origin: Origin | undefined;
  /** True of a default, also where it was written down as it is. */
  readonly isUsual: boolean;
  readonly reason: string;
}

/** Gives every setting, in the order of the table. A value that cannot be used is shown as it was given. */
export function showSettings(request: SettingSources): readonly ShownSetting[] {
  const { texts } = collectSettings(request);
  return documentSettings().map(({ key, default: usual, reason }) => {
    const given = texts.get(key);
    const value = given === undefined ? (usual ?? DERIVED[key]?.()) : showValue(key, given.text);
    const isUsual = given === undefined || given.text === usual;
    return { key, value, origin: given?.origin, isUsual, reason };
  });
}

const DERIVED: Partial<Record<SettingKey, () => string>> = { SERVER_ID: nameOfThisHost };

const MASKS: Partial<Record<SettingKey, (text: string) => string>> = {
  DATABASE_URL: maskDatabaseUrl,
  PING_URL: maskUrl,
  WEBHOOK_URL: maskUrl,
  SMTP_PROXY: maskProxy,
  SMTP_PROXY_ROUTES: maskProxyRoutes,
};
/** So that a secret that is added one day is hidden although nobody thought of it here. */
const SECRET_KEY = /(?:PASSWORD|SECRET|TOKEN|KEY)$/;
const LOGIN_IN_URL = /(:\/\/)[^/?#]*@/;

/** A value as it may be shown to whoever looks over a shoulder. */
export function showValue(key: SettingKey, text: string): string {
  if (SECRET_KEY.test(key)) return '***';
  return (MASKS[key] ?? ((plain) => plain.replace(LOGIN_IN_URL, '$1***@')))(text);
}
