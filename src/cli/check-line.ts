// What `check` prints for an address: a line for people, or the batch file's result as JSON.

import { cleanLine } from '../domain/clean-text.ts';
import { flagWords } from '../domain/local-flags.ts';
import type { Result } from '../domain/result.ts';
import { MARK } from '../domain/verdict.ts';
import { batchResult, flagsOfResult } from '../files/batch-file.ts';
import { jsonText } from './output.ts';

/**
 * Gives the line: `✓ info@example.com  valid  accepted  192.0.2.1 (mx1.example.com) [role info]`, or one JSON object
 * with the members that a batch file's result has, less those that name a row. Safe to print.
 */
export function checkLine(result: Result, isJson: boolean): string {
  if (isJson) {
    const { id: _id, list_id: _listId, ...shown } = batchResult(result);
    return jsonText(shown);
  }
  const told = [result.status, result.reason, cleanLine(result.response, 500)].join('  ');
  const via = result.mx === undefined ? '' : ` (${cleanLine(result.mx, 255)})`;
  const flags = flagWords(flagsOfResult(result)).map((words) => ` [${words}]`);
  return `${MARK[result.status]} ${cleanLine(result.email, 320)}  ${told}${via}${flags.join('')}`;
}
