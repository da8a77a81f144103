// Prints how scheduling shares a server among awkward mixes of lists: who waits how long, who is done when, how much of
// the pool has work. Simulated, in seconds of a day that nobody lives through; test/cycle/schedule.test.ts holds it.

import { readOptions } from '../test/support/command-options.ts';
import { MIXES, type Mix } from '../test/support/schedule-mixes.ts';
import { simulate } from '../test/support/schedule-simulation.ts';
import type { UserOutcome } from '../test/support/schedule-world.ts';

readOptions('npm run bench:schedule', {});
for (const [name, mix] of Object.entries(MIXES)) {
  const { users, busy, idleSeconds, mostInHand, endedAt } = simulate(mix);
  console.log(
    `\n${name satisfies string as Mix}: ${endedAt} s, ${(busy * 100).toFixed(0)} % of the slots busy, ` +
      `${idleSeconds} s idle beside work, at most ${mostInHand} rows in hand`,
  );
  console.log('  user  answered  first after  done after  most slots');
  for (const user of shown(users)) console.log(line(user));
  if (users.length > 6)
    console.log(`  … and ${users.length - 6} more; longest wait for the first answer ${slowest(users)} s`);
}

/** The first and the last of many. */
function shown(users: readonly UserOutcome[]): readonly UserOutcome[] {
  return users.length > 6 ? [...users.slice(0, 4), ...users.slice(-2)] : users;
}

function slowest(users: readonly UserOutcome[]): number {
  return Math.max(...users.map(({ firstAfter }) => firstAfter ?? Infinity));
}

function line({ userId, answered, firstAfter, doneAfter, mostSlots }: UserOutcome): string {
  const cells = [userId, answered, firstAfter ?? 'never', doneAfter ?? 'later', mostSlots];
  const widths = [6, 10, 13, 12, 12];
  return cells.map((cell, index) => `${cell}`.padStart(widths[index]!)).join('');
}
