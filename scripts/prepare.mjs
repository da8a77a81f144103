// Gets a checkout ready for what is about to be run, and says what it does: packages, the build and, for the
// tests, MariaDB or Galera. Plain Node without any package, since it runs before there are any.
//
//   node scripts/prepare.mjs [demo|test|interop|pages|galera]

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const purpose = process.argv[2] ?? 'build';

/** What Debian must bring for a purpose, and what comes of it where it cannot. */
const FROM_DEBIAN = {
  test: {
    what: 'MariaDB',
    why: 'for the tests (a private instance is started, no service is needed)',
    packages: ['mariadb-server'],
    isThere: () => has('mariadbd') || has('mysqld'),
    without: 'the tests of the MySQL store are left out, and the run says so',
  },
  pages: {
    what: 'Chromium',
    why: 'for the tests of pages (and MariaDB, for a dashboard whose database goes away)',
    packages: ['chromium', 'fonts-dejavu-core', 'mariadb-server'],
    isThere: () => has('chromium') && (has('mariadbd') || has('mysqld')),
    without: 'its tests fail, since they would prove nothing',
  },
  galera: {
    what: 'MariaDB Galera',
    why: 'for its tests (two private nodes are started, no service is needed)',
    packages: ['mariadb-server', 'galera-4', 'rsync'],
    isThere: () => has('mariadbd') && has('rsync') && existsSync('/usr/lib/galera/libgalera_smm.so'),
    without: 'its tests fail, since they would prove nothing',
  },
};

requireNode(20, 12);
installPackages();
buildPrograms();
if (Object.hasOwn(FROM_DEBIAN, purpose)) installFromDebian(FROM_DEBIAN[purpose]);

function requireNode(major, minor) {
  const [haveMajor, haveMinor] = process.versions.node.split('.').map(Number);
  if (haveMajor > major || (haveMajor === major && haveMinor >= minor)) return;
  fail(
    `Node ${major}.${minor} or newer is needed; this is Node ${process.versions.node}. See https://nodejs.org/`,
  );
}

function installPackages() {
  const installed = join(ROOT, 'node_modules/.package-lock.json');
  if (isNewer(installed, [join(ROOT, 'package-lock.json')])) return;
  say('Installing packages: npm ci');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'npm ci failed; see its message above');
}

function buildPrograms() {
  const sources = ['src', 'scripts', 'test/demo', 'test/support', 'package-lock.json'].flatMap((path) =>
    filesBelow(join(ROOT, path)),
  );
  if (isNewer(join(ROOT, 'dist/disposable-domains.txt'), sources)) return;
  say('Building the programs: node scripts/build.mjs');
  run(process.execPath, ['scripts/build.mjs'], 'the build failed');
}

function installFromDebian({ what, why, packages, isThere, without }) {
  if (isThere()) return;
  const options = ['install', '-y', '--no-install-recommends', ...packages];
  const install = `apt-get ${options.join(' ')}`;
  if (!has('apt-get')) {
    return say(`${what} is not installed, and there is no apt-get to install it with. Install it so that its
programs are in PATH; until then ${without}.`);
  }
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (sudo.length > 0 && spawnSync('sudo', ['-n', 'true']).status !== 0) {
    return say(`${what} is not installed, and this user may not install it. Run as root:  apt-get update && ${install}
Until then ${without}.`);
  }
  say(`Installing ${what} ${why}: ${install}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) => {
    const [program, ...rest] = [...sudo, 'apt-get', '-qq', ...args];
    return spawnSync(program, rest, { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  };
  if (!apt('update') || !apt(...options)) say(`apt-get could not install ${what}: ${without}.`);
}

function has(program) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return folders.some((folder) => folder !== '' && existsSync(join(folder, program)));
}

function isNewer(made, sources) {
  if (!existsSync(made)) return false;
  const madeAt = statSync(made).mtimeMs;
  return sources.every((source) => statSync(source).mtimeMs <= madeAt);
}

function filesBelow(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function run(program, args, onFailure) {
  const { status } = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) fail(onFailure);
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(text) {
  say(`error: ${text}`);
  process.exit(1);
}
