// A second server beside an installation: the same program, with the same database and internet.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { startProgram, type Installation, type Run } from './installation.ts';

/** A second server at the database and the internet of an installation, with a folder of its own. */
export class OtherServer implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'svc-other-'));

  constructor(installation: Installation) {
    const settings = readFileSync(join(installation.folder, '.env'), 'utf8');
    writeFileSync(join(this.#folder, '.env'), settings.replace(/^SERVER_ID=.*$/m, 'SERVER_ID=other'));
  }

  /** Runs one cycle. */
  run(environment: Readonly<Record<string, string>> = {}): Promise<Run> {
    return startProgram([], this.#folder, environment).ended;
  }

  /** Runs cycle after cycle, as cron does, until no row is pending. */
  async runUntilDecided(installation: Installation, environment: Record<string, string>): Promise<void> {
    await waitFor(
      async () => {
        const run = await this.run(environment);
        expect(run).toMatchObject({ exitCode: 0, stderr: '' });
        return (await installation.pending()) === 0;
      },
      'another server decided every row',
      60_000,
    );
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
