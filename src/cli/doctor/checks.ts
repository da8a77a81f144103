// All checks of the doctor, in the order in which they are told.

import type { Check } from './check.ts';
import { configurationChecks } from './configuration.ts';
import { databaseChecks } from './database.ts';
import { dnsChecks } from './dns.ts';
import { fileChecks } from './files.ts';
import { machineChecks } from './machine.ts';
import { ourNameChecks } from './our-name.ts';
import { scheduleChecks } from './schedule.ts';
import { wayOutChecks } from './way-out.ts';

export const CHECKS: readonly Check[] = [
  ...machineChecks,
  ...configurationChecks,
  ...databaseChecks,
  ...fileChecks,
  ...scheduleChecks,
  ...dnsChecks,
  ...wayOutChecks,
  ...ourNameChecks,
];
