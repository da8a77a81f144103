// Makes the programs: for each a minified CommonJS bundle, since a bundle starts in a third of the processor time
// of the same modules loaded one by one, and CommonJS sooner than ESM; and a starter that runs the bundle with its
// compiled code (src/platform/code-cache.ts). Native and lazily loaded packages stay outside. Also writes the
// list of disposable domains out of the package that maintains it, and the man page.

import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Later } from './later.mjs';
import { LeanPackages } from './lean-packages.mjs';

const require = createRequire(import.meta.url);
const { version } = JSON.parse(await readFile('package.json', 'utf8'));

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.12',
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  outdir: 'dist',
  minify: true,
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
  external: ['libsql', 'node:sqlite', 'socks'],
  // A script with compiled code has no import() of its own.
  supported: { 'dynamic-import': false },
};
const define = {
  'import.meta.dirname': '__dirname',
  'import.meta.url': '__filename', // only ever handed to createRequire, which takes a path as well
  __VERSION__: JSON.stringify(version),
};

// esbuild writes strings in ASCII and leaves regular expressions as they are. Escapes mean the same in both, and lines stay.
const asciiSources = {
  name: 'ascii-sources',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/, namespace: 'file' }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(
        /[^\0-\x7f]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      ),
      loader: 'ts',
    })),
};

await rm('dist', { recursive: true, force: true });
await mkdir('dist', { recursive: true });
await Promise.all([
  makeOrchestrator(),
  makeProgram('smtp-worker', 'src/worker', []),
  build({
    ...common,
    define,
    minify: false,
    entryPoints: { demo: 'test/demo/main.ts', internet: 'test/support/internet/main.ts' },
  }),
]);

await writeManPage('dist/smtp-validate-cron.1');

const blocklist = require('disposable-email-domains-js/dist/dict/disposable_email_blocklist.json');
const { version: listVersion } = require('disposable-email-domains-js/package.json');
await writeFile(
  'dist/disposable-domains.txt',
  `# disposable-email-domains-js ${listVersion} (CC0-1.0), ${blocklist.length} domains\n${blocklist.join('\n')}\n`,
);

/** The orchestrator in two halves: an idle cycle loads only the first. */
async function makeOrchestrator() {
  const root = process.cwd();
  const packages = new LeanPackages(root);
  const later = new Later({
    root,
    file: './smtp-validate-cron-later.cjs',
    stays: [
      'src/store/mysql-driver.ts',
      'src/store/sqlite-driver.ts',
      'src/cycle/metrics.ts',
      'src/files/metrics-file.ts',
      'src/notify/ping.ts',
    ],
  });
  await makeProgram('smtp-validate-cron', 'src/cli', [
    later.plugin,
    packages.plugin((path) => later.load(path)),
  ]);
  await build({
    ...common,
    define,
    plugins: [packages.plugin()],
    stdin: { contents: later.source, resolveDir: root, sourcefile: 'later.js' },
    outdir: undefined,
    outfile: 'dist/smtp-validate-cron-later.cjs',
  });
  if (packages.missed.length > 0) {
    throw new Error(`lean-packages.mjs names what is not there any more: ${packages.missed.join(', ')}`);
  }
}

/** Bundles `main.ts` of the folder, and `start.ts` as the starter that knows what it starts by its digest. */
async function makeProgram(name, folder, plugins) {
  const program = `${name}-program`;
  await build({
    ...common,
    define,
    plugins: [asciiSources, ...plugins],
    entryPoints: { [program]: `${folder}/main.ts` },
    banner: { js: '(function(exports,require,module,__filename,__dirname){' },
    footer: { js: '})' },
  });
  const text = await readFile(`dist/${program}.cjs`, 'utf8');
  if (/[^\0-\x7f]/.test(text))
    throw new Error(`dist/${program}.cjs is not ASCII, which its starter relies on`);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  await build({
    ...common,
    define: { ...define, __PROGRAM_DIGEST__: JSON.stringify(digest) },
    entryPoints: { [name]: `${folder}/start.ts` },
  });
}

/** The page is made by the definitions of the commands themselves, so they are run for it. */
async function writeManPage(path) {
  const maker = 'dist/man-page.cjs';
  await build({ ...common, define, sourcemap: false, entryPoints: { 'man-page': 'scripts/man-page.ts' } });
  execFileSync(process.execPath, [maker, path]);
  await rm(maker);
}
