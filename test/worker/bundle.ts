// Makes the worker's program out of the sources at hand, as scripts/build.mjs does.

import { build, type Metafile } from 'esbuild';
import { join } from 'node:path';

export interface WorkerBundle {
  readonly entry: string;
  /** What went into it, and what it imports. */
  readonly metafile: Metafile;
}

export async function bundleWorker(folder: string): Promise<WorkerBundle> {
  const entry = join(folder, 'smtp-worker.cjs');
  const { metafile } = await build({
    entryPoints: [join(import.meta.dirname, '../../src/worker/main.ts')],
    outfile: entry,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['socks'],
    target: 'node20.12',
    metafile: true,
    logLevel: 'error',
  });
  return { entry, metafile };
}
