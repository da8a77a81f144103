// A cycle that finds nothing due, on a large table and a small one by turns. Users and lists are as many in both, so
// that only the rows differ.

import { costOfCycle, median, type CycleCost } from './cost.ts';
import type { Ground, Site } from './ground.ts';
import { printTable } from './print-table.ts';

const SMALL_ROWS = 10_000;
const LISTS = 2_000;
const ROUNDS = 15;
const MOST_TIMES = 1.5;

/** Measures and prints; gives a sentence for what grew with the table. */
export async function measureIdleCycles(ground: Ground): Promise<readonly string[]> {
  const listsOf = (rows: number) => [{ lists: LISTS, rowsPerList: Math.max(1, Math.round(rows / LISTS)) }];
  return ground.withSite('size_small', listsOf(SMALL_ROWS), 'decided', (small) =>
    ground.withSite('size_large', listsOf(ground.rows), 'decided', (large) => compare(small, large)),
  );
}

async function compare(small: Site, large: Site): Promise<readonly string[]> {
  const costs = new Map<Site, CycleCost[]>([
    [small, []],
    [large, []],
  ]);
  for (const site of [small, large]) {
    await site.connection.query(
      'INSERT INTO svc_list (list_id, total_emails, highest_row_id) SELECT id, total_emails, 0 FROM csv_list',
    );
    await costOfCycle(site.connection, site.folder); // caches
  }
  for (let round = 0; round < ROUNDS; round++) {
    // By turns first, so that what the machine does else falls on both.
    for (const site of round % 2 === 0 ? [small, large] : [large, small])
      costs.get(site)!.push(await costOfCycle(site.connection, site.folder));
  }
  const lines = [small, large].map((site) => {
    const of = (pick: (cost: CycleCost) => number) => median(costs.get(site)!.map((cost) => pick(cost)));
    return {
      rows: site.rows,
      'program CPU ms': of((cost) => cost.programCpuMs),
      'server CPU ms': of((cost) => cost.serverCpuMs),
      'wall ms': Math.round(of((cost) => cost.wallMs)),
      statements: of((cost) => cost.statements),
      'rows read': of((cost) => cost.reads),
      sum: of((cost) => cost.programCpuMs + cost.serverCpuMs),
      wall: of((cost) => cost.wallMs),
    };
  });
  const [less, more] = lines as [(typeof lines)[0], (typeof lines)[0]];
  const ratios = {
    CPU: more.sum / less.sum,
    wall: more.wall / less.wall,
    'rows read': more['rows read'] / less['rows read'],
  };
  printTable(
    `A cycle with nothing due, ${LISTS} users and lists, medians of ${ROUNDS} by turns`,
    lines.map(({ sum: _sum, wall: _wall, ...shown }) => shown),
  );
  console.log(
    `Times as much on the larger: ${Object.entries(ratios)
      .map(([name, ratio]) => `${name} ${ratio.toFixed(2)}`)
      .join(', ')}; at most ${MOST_TIMES}\n`,
  );
  return Object.entries(ratios).flatMap(([name, ratio]) =>
    ratio > MOST_TIMES
      ? [`an idle cycle takes ${ratio.toFixed(2)} times the ${name} on the larger table`]
      : [],
  );
}
