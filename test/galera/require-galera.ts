// Refuses to begin where there is no Galera: a run that proves nothing must not look like one that did.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { GALERA_PROVIDER } from './cluster.ts';

const NEEDED = ['mariadbd', 'mariadb-install-db', 'wsrep_sst_rsync', 'rsync'];

export default function requireGalera(): void {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  const missing = [
    ...NEEDED.filter((program) => !folders.some((folder) => existsSync(join(folder, program)))),
    ...[GALERA_PROVIDER].filter((path) => !existsSync(path)),
  ];
  if (missing.length === 0) return;
  throw new Error(
    `no Galera cluster can be started here: ${missing.join(', ')} is missing. ` +
      'Install it with "apt-get install mariadb-server galera-4 rsync"; nothing was proved',
  );
}
