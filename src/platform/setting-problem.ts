// What is wrong with one setting, in words for the operator; config.ts reports all of them together.

import type { SettingKey } from './settings.ts';

export interface Problem {
  readonly key: SettingKey;
  readonly expected: string;
}
