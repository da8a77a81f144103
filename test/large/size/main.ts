// What the size of a table costs: the idle cycle of the built program on a table of ten million rows beside one of ten
// thousand, finding and claiming work among ten million pending rows, and recording results of a list of ten million
// rows beside lists of a thousand. Ends with 1 where a cost grows with the table that must not.
//
//   npm run bench:size                  ten million rows: half an hour on two busy cores and 6 GB of disk, given back at the end
//   npm run bench:size -- --rows 200000

import { readOptions } from '../../support/command-options.ts';
import { startMariaDb } from '../../support/mariadb.ts';
import { Ground } from './ground.ts';
import { measureIdleCycles } from './idle-cycles.ts';
import { measurePendingRows } from './pending-rows.ts';
import { measureRecording } from './recording.ts';

const { wholeNumber } = readOptions('npm run bench:size -- [--rows 10000000]', {
  rows: { type: 'string', default: '10000000' },
});
const rows = wholeNumber('rows', 20_000, 1_000_000_000);

const mariadb = await startMariaDb();
if (mariadb === undefined) throw new Error('there is no MariaDB here to measure');
try {
  const ground = await Ground.open(mariadb.socketPath, rows);
  try {
    const failures = [
      ...(await measureIdleCycles(ground)),
      ...(await ground.withPendingRows(async (pending) => [
        ...(await measurePendingRows(pending)),
        ...(await measureRecording(pending)),
      ])),
    ];
    for (const failure of failures) console.log(`NOT AS IT MUST BE: ${failure}`);
    process.exitCode = failures.length > 0 ? 1 : 0;
  } finally {
    await ground.close();
  }
} finally {
  await mariadb.stop();
}
