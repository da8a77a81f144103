// npm run demo: gets the checkout ready, then runs the demo with the same arguments and terminal. Plain Node
// without any package, since it runs before there are any.

import { spawn, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const prepared = spawnSync(process.execPath, [join(root, 'scripts/prepare.mjs'), 'demo'], {
  stdio: 'inherit',
});
if (prepared.status !== 0) process.exit(prepared.status ?? 1);

const demo = spawn(process.execPath, [join(root, 'dist/demo.cjs'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// Ctrl-C reaches the demo by itself; this process only waits until it has cleaned up.
process.on('SIGINT', () => undefined);
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => demo.kill(signal));
demo.on('exit', (code) => process.exit(code ?? 1));
