import { expect, it } from 'vitest';
import type { ProbeRow } from '../../src/domain/row.ts';
import { Closures } from '../../src/pool/closures.ts';
import { DestinationBudget } from '../../src/pool/destination-budget.ts';
import type { Rest } from '../../src/pool/destinations.ts';
import { Roster } from '../../src/pool/roster.ts';
import { settings } from '../worker/equipment.ts';
import { fixedLimits } from './fixed-limits.ts';
import { idsOf, row, sliceOf } from './rows.ts';

it('takes rows of a rest that runs out meanwhile for what it was when they were looked at', () => {
  const rest: Rest = { type: 'throttle', said: '421 slow down', seconds: 60, isGivenUp: false };
  let timesAsked = 0;
  const limits = {
    ...fixedLimits(() => 1),
    hasRest: true,
    restOf: () => (timesAsked++ < 3 ? rest : undefined),
  };
  const roster = new Roster();
  roster.of(5).queue.add([sliceOf(row(1, 'a'), row(2, 'a'))]);
  const putOff: (readonly ProbeRow[])[] = [];
  const closures = new Closures({
    roster,
    limits,
    budget: new DestinationBudget(limits),
    settings,
    listener: {
      onResults: () => {},
      onDestinationClosed: () => {},
      onRowsPutOff: (_userId, rows) => void putOff.push(rows),
    },
  });

  closures.putOff();

  expect(putOff.map(idsOf)).toEqual([[1, 2]]);
  expect(roster.of(5).queue.rows).toBe(0);
});
