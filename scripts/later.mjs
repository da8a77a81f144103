// An esbuild plugin that divides a program in two: what it needs at once, and what it loads when it comes to it. esbuild
// divides ES modules only, which start slower, so the second half is a bundle of its own. What both halves use stands in
// both, once each: they share objects and no classes (src/platform/operational-error.ts says what follows).

import { relative } from 'node:path';

/** The division of one program; `file` is the second half, as the first one requires it. */
export class Later {
  #root;
  #file;
  #stays;
  /** What the first half loads of the second: paths from the root. */
  #modules = new Set();

  /** `stays`: dynamically imported modules that are needed at once nevertheless. */
  constructor({ root, file, stays }) {
    this.#root = root;
    this.#file = file;
    this.#stays = new Set(stays);
  }

  /** The expression that loads a module of the second half, for code of the first. */
  load(path) {
    const name = relative(this.#root, path);
    this.#modules.add(name);
    return `require(${JSON.stringify(this.#file)}).modules[${JSON.stringify(name)}]()`;
  }

  /** For the first half: whatever of ours is imported dynamically goes to the second. */
  get plugin() {
    return {
      name: 'later',
      setup: (build) => {
        build.onResolve({ filter: /^\.\.?\// }, async ({ path, kind, pluginData, ...from }) => {
          if (path === this.#file) return { path, external: true };
          if (kind !== 'dynamic-import' || pluginData === 'real') return undefined;
          const real = await build.resolve(path, { ...from, kind, pluginData: 'real' });
          if (real.errors.length > 0 || this.#stays.has(relative(this.#root, real.path))) return undefined;
          return { path: real.path, namespace: 'later' };
        });
        build.onLoad({ filter: /./, namespace: 'later' }, ({ path }) => ({
          contents: `module.exports = ${this.load(path)};`,
          resolveDir: this.#root,
        }));
      },
    };
  }

  /** The source of the second half: each module is run when it is asked for. */
  get source() {
    const entries = [...this.#modules].toSorted().map((name) => {
      const quoted = JSON.stringify(name);
      return `  ${quoted}: () => require(${JSON.stringify(`./${name}`)}),\n`;
    });
    return `export const modules = {\n${entries.join('')}};\n`;
  }
}
