// Gets a checkout ready for what is about to be run, and says what it does: packages, the build and, for the
// tests, MariaDB. Plain Node without any package, since it runs before there are any.
//
//   node scripts/prepare.mjs [demo|test|interop]

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const purpose = process.argv[2] ?? 'build';

requireNode(20, 12);
installPackages();
buildPrograms();
if (purpose === 'test') installMariadb();

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

function installMariadb() {
  if (has('mariadbd') || has('mysqld')) return;
  const install = 'apt-get install -y --no-install-recommends mariadb-server';
  if (!has('apt-get')) {
    return say(`MariaDB is not installed, and there is no apt-get to install it with. Install a MariaDB or MySQL server so that
its programs are in PATH; until then the tests of the MySQL store are left out, and the run says so.`);
  }
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (sudo.length > 0 && spawnSync('sudo', ['-n', 'true']).status !== 0) {
    return say(`MariaDB is not installed, and this user may not install it. Run as root:  apt-get update && ${install}
Until then the tests of the MySQL store are left out, and the run says so.`);
  }
  say(`Installing MariaDB for the tests (a private instance is started, no service is needed): ${install}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) => {
    const [program, ...rest] = [...sudo, 'apt-get', '-qq', ...args];
    return spawnSync(program, rest, { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  };
  const done = apt('update') && apt('install', '-y', '--no-install-recommends', 'mariadb-server');
  if (!done)
    say(`apt-get could not install MariaDB. The tests of the MySQL store are left out, and the run says so.`);
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
