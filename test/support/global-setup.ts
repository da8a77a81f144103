// What the whole run needs once: a private MariaDB, whose socket the tests get by inject('mariadbSocket').

import type { TestProject } from 'vitest/node';
import { startMariaDb } from './mariadb.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Undefined where no MariaDB is installed: tests that need one are skipped. */
    mariadbSocket: string | undefined;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const mariadb = await startMariaDb();
  project.provide('mariadbSocket', mariadb?.socketPath);
  return async () => {
    await mariadb?.stop();
  };
}
