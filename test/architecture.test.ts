// Holds the house to its plan (docs/architecture.md, "Import rules"): who may import whom, which layer owns which
// package or power, no circles, and a worker that carries no package. Every source file is parsed; each rule is
// shown to bite by a sample that breaks it.

import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

import { describe, expect, it } from 'vitest';
import { parseAst } from 'vitest/node';

/** Which layers each layer may import, besides itself. */
const MAY_IMPORT = {
  domain: [],
  platform: ['domain'],
  smtp: ['domain', 'platform'],
  store: ['domain', 'platform'],
  files: ['domain', 'platform'],
  pages: ['domain'],
  notify: ['domain', 'platform'],
  worker: ['domain', 'platform', 'files', 'smtp'],
  pool: ['domain', 'platform', 'files', 'worker'],
  cycle: ['domain', 'platform', 'files', 'store', 'pool', 'worker'],
  cli: ['domain', 'platform', 'files', 'notify', 'smtp', 'store', 'worker', 'pool', 'cycle', 'pages'],
} as const satisfies Record<string, readonly string[]>;

type Layer = keyof typeof MAY_IMPORT;

/** The only layer, or layers, that may import a package or built-in module. */
const OWNERS: Readonly<Record<string, Layer | readonly Layer[]>> = {
  'node:dgram': 'smtp',
  'node:net': 'smtp',
  'node:tls': 'smtp',
  'node:dns': 'smtp',
  'node:dns/promises': 'smtp',
  'node:http': ['notify', 'cli'],
  'node:https': 'notify',
  'node:child_process': ['pool', 'platform'], // workers; questions to other programs
  'node:process': 'platform',
  'node:sqlite': 'store',
  mysql2: 'store',
  'mysql2/promise': 'store',
  libsql: 'store',
  pino: 'files',
  'pino-roll': 'files',
  'proper-lockfile': 'files',
  'csv-parse': 'files',
  dotenv: 'platform',
  'zod/mini': 'platform',
  commander: 'cli',
  socks: 'smtp',
};

const MAY_EXIT = (path: string): boolean => path.startsWith('src/cli/') || path === 'src/worker/main.ts';

const SQL =
  /\b(?:SELECT\s[^;]*\bFROM|INSERT\s(?:IGNORE\s)?INTO|REPLACE\sINTO|UPDATE\s[^;]*\bSET|DELETE\s[^;]*FROM|(?:CREATE|ALTER|DROP)\s(?:TABLE|INDEX|UNIQUE)|BEGIN\sIMMEDIATE|START\sTRANSACTION|PRAGMA\s)/;

interface Import {
  /** Path of a file of ours, or the name of a package or built-in module. */
  readonly target: string;
  readonly isTypeOnly: boolean;
  /** Loaded when it is wanted, and not with the file. */
  readonly isLazy: boolean;
}

interface Module {
  readonly path: string;
  readonly layer: Layer;
  readonly imports: readonly Import[];
  /** `process.env`, `process.exit`, … */
  readonly processMembers: readonly string[];
  readonly texts: readonly string[];
}

/** Each rule gives what a module does against it; its sample does just that. */
const RULES: readonly {
  readonly rule: string;
  readonly broken: (module: Module) => readonly string[];
  readonly sample: { readonly path: string; readonly code: string };
}[] = [
  {
    rule: 'a layer imports only the layers below it',
    broken: ({ layer, imports }) =>
      imports
        .map(({ target }) => target)
        .filter((target) => target.startsWith('src/'))
        .filter((target) => ![layer, ...MAY_IMPORT[layer]].includes(target.split('/')[1] as Layer)),
    sample: { path: 'src/worker/a.ts', code: "import type { Store } from '../store/store.ts';" },
  },
  {
    rule: 'domain imports nothing else',
    broken: ({ layer, imports }) =>
      imports
        .map(({ target }) => target)
        .filter((target) => layer === 'domain' && !target.startsWith('src/domain/')),
    sample: { path: 'src/domain/a.ts', code: "export { randomBytes } from 'node:crypto';" },
  },
  {
    rule: 'a package or power has one layer that uses it',
    broken: ({ layer, imports }) =>
      imports
        .map(({ target }) => target)
        .filter((target) => ![OWNERS[target] ?? layer].flat().includes(layer)),
    sample: { path: 'src/cycle/a.ts', code: "const { Socket } = await import('node:net');" },
  },
  {
    rule: 'a package is one that has an owner',
    broken: ({ imports }) =>
      imports
        .map(({ target }) => target)
        .filter((target) => !target.startsWith('src/') && !target.startsWith('node:') && !(target in OWNERS)),
    sample: { path: 'src/store/a.ts', code: "const x = require('left-pad');" },
  },
  {
    rule: 'only platform reads the process environment',
    broken: ({ layer, processMembers }) =>
      layer === 'platform' ? [] : processMembers.filter((name) => name === 'env'),
    sample: { path: 'src/cli/a.ts', code: "export const color = process['env'].NO_COLOR;" },
  },
  {
    rule: 'only cli and worker/main end the process',
    broken: ({ path, processMembers }) =>
      MAY_EXIT(path) ? [] : processMembers.filter((name) => ['exit', 'reallyExit', 'abort'].includes(name)),
    sample: { path: 'src/worker/worker.ts', code: 'if (done) process.exit(0);' },
  },
  {
    rule: 'SQL stands only in store',
    broken: ({ layer, texts }) => (layer === 'store' ? [] : texts.filter((text) => SQL.test(text))),
    sample: { path: 'src/cycle/a.ts', code: 'query(`UPDATE emails\n SET ${column} = 1`);' },
  },
  {
    rule: 'imports name the file with its ending',
    broken: ({ imports }) =>
      imports
        .map(({ target }) => target)
        .filter((target) => target.startsWith('src/') && !target.endsWith('.ts')),
    sample: { path: 'src/pool/a.ts', code: "import { x } from './b.js';" },
  },
];

const modules = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((path) => posix.join('src', path))
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
  .map((path) => parseModule(path, readFileSync(path, 'utf8')));

describe('the source', () => {
  it('is read as a whole', () => {
    expect(
      Object.keys(MAY_IMPORT).filter((layer) => !modules.some((module) => module.layer === layer)),
    ).toEqual([]);
    expect(modules.length).toBeGreaterThan(60);
  });

  it.each(RULES)('keeps to it: $rule', ({ broken }) => {
    const found = modules.flatMap((module) => broken(module).map((what) => `${module.path}: ${what}`));

    expect(found).toEqual([]);
  });

  it('has no circle of imports', () => {
    expect(findCircle(modules)).toBeUndefined();
  });

  it('gives a worker no package to carry from its start', () => {
    expect(packagesBelow('src/worker/main.ts', modules)).toEqual([]);
  });

  it('gives the call by cron no package but those that even an idle cycle needs, and no dear part of Node', () => {
    const loaded = [
      ...packagesBelow('src/cli/main.ts', modules),
      ...packagesBelow('src/store/mysql-driver.ts', modules),
    ];

    expect(loaded.toSorted()).toEqual([
      'src/files/cron-lock.ts: proper-lockfile',
      'src/platform/env-file.ts: dotenv',
      'src/platform/setting-values.ts: zod/mini',
    ]);
    expect(builtinsBelow('src/cli/main.ts', modules)).toEqual(['node:fs', 'node:os', 'node:path']);
    expect(builtinsBelow('src/store/mysql-driver.ts', modules)).toEqual([]);
  });
});

describe('the rules', () => {
  it.each(RULES)('notice what breaks this one: $rule', ({ broken, sample }) => {
    expect(broken(parseModule(sample.path, sample.code))).toHaveLength(1);
  });

  it('notice a circle, also one of types', () => {
    const circle = [
      parseModule('src/cycle/a.ts', "import { b } from './b.ts';"),
      parseModule('src/cycle/b.ts', "export * from './c.ts';"),
      parseModule('src/cycle/c.ts', "type A = import('./a.ts').A;"),
    ];

    expect(findCircle(circle)).toEqual([
      'src/cycle/a.ts',
      'src/cycle/b.ts',
      'src/cycle/c.ts',
      'src/cycle/a.ts',
    ]);
  });

  it('notice a package behind a file that a worker loads, and not one of which it needs only a type', () => {
    const house = [
      parseModule(
        'src/worker/main.ts',
        "import { log } from '../files/log.ts'; import type { z } from 'zod';",
      ),
      parseModule(
        'src/files/log.ts',
        "import { pino, type Logger } from 'pino'; import { type X } from './other.ts';",
      ),
      parseModule('src/files/other.ts', "import 'pino-roll';"),
    ];

    expect(packagesBelow('src/worker/main.ts', house)).toEqual(['src/files/log.ts: pino']);
  });

  it('do not mistake comments and texts for code', () => {
    const module = parseModule(
      'src/domain/a.ts',
      "// import 'node:net'; process.exit()\nexport const x = \"import 'pino'\";",
    );

    expect(RULES.flatMap(({ broken }) => broken(module))).toEqual([]);
  });
});

/** Gives the first circle found, from a file back to itself. */
function findCircle(all: readonly Module[]): string[] | undefined {
  const byPath = new Map(all.map((module) => [module.path, module]));
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const { target } of byPath.get(path)?.imports ?? []) {
      const circle = visit(target, [...trail, path]);
      if (circle !== undefined) return circle;
    }
    done.add(path);
    return undefined;
  };
  for (const { path } of all) {
    const circle = visit(path, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/** Gives the packages that starting `entry` loads, with the files that import them. */
function packagesBelow(entry: string, all: readonly Module[]): string[] {
  return loadedBelow(entry, all)
    .filter(({ target }) => !target.startsWith('node:'))
    .map(({ path, target }) => `${path}: ${target}`);
}

/** The built-in modules that are loaded with a file. */
function builtinsBelow(entry: string, all: readonly Module[]): string[] {
  const builtins = loadedBelow(entry, all).filter(({ target }) => target.startsWith('node:'));
  return [...new Set(builtins.map(({ target }) => target))].toSorted();
}

function loadedBelow(
  entry: string,
  all: readonly Module[],
): readonly { readonly path: string; readonly target: string }[] {
  const byPath = new Map(all.map((module) => [module.path, module]));
  const seen = new Set<string>();
  const found: { path: string; target: string }[] = [];
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { target } of (byPath.get(path)?.imports ?? []).filter(
      ({ isTypeOnly, isLazy }) => !isTypeOnly && !isLazy,
    )) {
      if (target.startsWith('src/')) visit(target);
      else found.push({ path, target });
    }
  };
  visit(entry);
  return found;
}

function parseModule(path: string, code: string): Module {
  const imports: Import[] = [];
  const processMembers: string[] = [];
  const texts: string[] = [];
  const addImport = (source: unknown, isTypeOnly: boolean, isLazy = false): void => {
    const specifier = literalOf(source);
    if (specifier !== undefined) imports.push({ target: resolveImport(path, specifier), isTypeOnly, isLazy });
  };

  walk(parseAst(code, { lang: 'ts' }), (node) => {
    switch (node['type']) {
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
        return addImport(node['source'], isErased(node));
      case 'ImportExpression':
        return addImport(node['source'], false, true);
      case 'TSImportType':
        return addImport(node['source'] ?? node['argument'], true);
      case 'CallExpression':
        if (nameOf(node['callee']) === 'require') addImport((node['arguments'] as unknown[])[0], false);
        return;
      case 'MemberExpression':
        if (nameOf(node['object']) === 'process') {
          processMembers.push(nameOf(node['property']) ?? literalOf(node['property']) ?? '');
        }
        return;
      case 'Literal':
        if (typeof node['value'] === 'string') texts.push(node['value']);
        return;
      case 'TemplateLiteral':
        texts.push((node['quasis'] as { value: { raw: string } }[]).map(({ value }) => value.raw).join('?'));
    }
  });
  return { path, layer: path.split('/')[1] as Layer, imports, processMembers, texts };
}

type Node = Readonly<Record<string, unknown>>;

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) return value.forEach((item) => walk(item, visit));
  if (typeof value !== 'object' || value === null) return;
  if (typeof (value as Node)['type'] === 'string') visit(value as Node);
  for (const member of Object.values(value)) walk(member, visit);
}

/** True when nothing of an import or export is left at run time. */
function isErased(node: Node): boolean {
  if (node['importKind'] === 'type' || node['exportKind'] === 'type') return true;
  const specifiers = (node['specifiers'] ?? []) as Node[];
  return (
    specifiers.length > 0 &&
    specifiers.every((specifier) => specifier['importKind'] === 'type' || specifier['exportKind'] === 'type')
  );
}

function nameOf(node: unknown): string | undefined {
  const { type, name } = (node ?? {}) as Node;
  return type === 'Identifier' && typeof name === 'string' ? name : undefined;
}

function literalOf(node: unknown): string | undefined {
  const { type, value } = (node ?? {}) as Node;
  return type === 'Literal' && typeof value === 'string' ? value : undefined;
}

function resolveImport(from: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.normalize(join(posix.dirname(from), specifier)) : specifier;
}
