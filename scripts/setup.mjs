// Installs what the project needs: npm packages, and with `--tests` the programs the tests start.
// Runs on the system's Node 20 with nothing installed, so it uses Node's own modules only.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error) console.error(`${command}: ${error.message}`);
  return status === 0;
}

function stop(message) {
  console.error(message);
  process.exit(1);
}

/** Says whether what is installed is what the manifests and the lockfile ask for. */
function manifestDigest() {
  const folders = [
    '',
    'kit',
    'test/support',
    ...readdirSync(join(root, 'plugins')).map((name) => `plugins/${name}`),
  ];
  const hash = createHash('sha256');
  for (const folder of folders) hash.update(readFileSync(join(root, folder, 'package.json')));
  return hash.update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
}

export function installPackages() {
  const stamp = join(root, 'node_modules/.om-ops-installed');
  const installed = existsSync(join(root, 'node_modules/.bin/node')) && existsSync(stamp);
  if (installed && readFileSync(stamp, 'utf8') === manifestDigest()) return;
  console.error('Installing npm packages…');
  const quiet = ['--no-audit', '--no-fund', '--loglevel', 'error'];
  // A registry that lacks builds for foreign platforms makes `npm ci` refuse the lockfile; `install` keeps
  // to the lockfile too, and leaves out what this machine could not run anyway.
  const { status, stdout, stderr, error } = spawnSync('npm', ['ci', ...quiet], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) {
    const said = error?.message ?? `${stdout}${stderr}`.trim().split('\n').slice(-20).join('\n');
    console.error(`npm ci failed, so npm install is tried:\n${said}`);
    if (!run('npm', ['install', '--no-save', ...quiet])) stop('npm install failed.');
  }
  writeFileSync(stamp, manifestDigest());
}

export function build() {
  console.error('Building…');
  if (!run(join(root, 'node_modules/.bin/node'), ['scripts/build.mjs'])) stop('The build failed.');
}

function onPath(program) {
  const folders = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`.split(':');
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const postgresThere = () => existsSync('/usr/lib/postgresql');

/** Program to Debian package. */
const programs = [
  ['mariadbd', 'mariadb-server'],
  ['mariadb-dump', 'mariadb-client'],
  ['postgres', 'postgresql', postgresThere],
  ['pg_dump', 'postgresql-client'],
  ['nginx', 'nginx-light'],
  [
    'nginx',
    'libnginx-mod-http-lua',
    () => existsSync('/usr/lib/nginx/modules/ngx_http_lua_module.so'),
  ],
  ['openssl', 'openssl'],
  ['chromium', 'chromium'],
  ['sqlite3', 'sqlite3'],
  ['bsdtar', 'libarchive-tools'],
  ['pigz', 'pigz'],
  ['getfattr', 'attr'],
  ['setfacl', 'acl'],
  ['fdupes', 'fdupes'],
  ['redis-server', 'redis-server'],
  ['git', 'git'],
  ['cron', 'cron'],
  ['python3', 'python3'],
  ['systemctl', 'systemd', () => existsSync('/lib/systemd/systemd')],
  ['dbus-daemon', 'dbus'],
  ['dockerd', 'docker.io'],
  ['busybox', 'busybox-static'],
  ['logrotate', 'logrotate'],
  ['cc', 'gcc'],
  ['cc', 'libc6-dev', () => existsSync('/usr/include/stdio.h')],
];

/**
 * For the shim of test/faults, which is compiled where it runs, and for services that are units or containers:
 * without them those tests are skipped, and say so.
 */
const dispensable = ['gcc', 'libc6-dev', 'systemd', 'dbus', 'docker.io', 'busybox-static'];

const missing = () =>
  programs
    .filter(([program, , there]) => !(there ? there() : onPath(program)))
    .map(([, name]) => name);

export function installPrograms() {
  const wanted = missing();
  if (wanted.length === 0) return;
  const root = process.getuid?.() === 0;
  const sudo = !root && onPath('sudo') ? ['sudo', '-n'] : [];
  const env = 'DEBIAN_FRONTEND=noninteractive';
  if (onPath('apt-get') && (root || sudo.length > 0)) {
    console.error(`Installing ${wanted.join(', ')}…`);
    const [command, ...rest] = [...sudo, 'env', env, 'RUNLEVEL=1', 'apt-get', '-qq'];
    run(command, [...rest, 'update']);
    run(command, [...rest, '-y', '--no-install-recommends', 'install', ...wanted]);
  }
  const still = missing().filter((name) => !dispensable.includes(name));
  if (still.length > 0) {
    stop(
      `The tests need programs that are missing. Install them: apt-get install ${still.join(' ')}`,
    );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  installPackages();
  if (process.argv.includes('--tests')) installPrograms();
  build();
}
