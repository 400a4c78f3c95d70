import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireLock, exec } from '@om-ops/kit';
import { checkout } from './om-ops.ts';

export interface PackedProgram {
  /** Where the tarballs of all packages lie: not to be changed. */
  tarballs: string;
  /** `node_modules/.bin/om-ops` below the folder. */
  program: string;
}

/**
 * What a user installs, away from the checkout: all packages packed, and installed from their tarballs into
 * `folder`, which is made and is the test's own. Packed and installed once for all tests that share the folder
 * OM_OPS_PACKED, as those of `npm test -- e2e` do; else once a process. The files are hard links: not to be written to.
 */
export async function installPacked(folder: string): Promise<PackedProgram> {
  const shared = sharedFolder();
  const app = join(shared, 'app');
  const tarballs = join(shared, 'tarballs');
  const lock = await acquireLock(shared, 'packed', { waitMs: 240_000 });
  try {
    if (!existsSync(join(shared, 'done'))) {
      await packAndInstall(tarballs, app);
      writeFileSync(join(shared, 'done'), '');
    }
  } finally {
    lock.release();
  }
  await exec('cp', ['-a', '--link', app, folder]);
  return { tarballs, program: join(folder, 'node_modules/.bin/om-ops') };
}

let own: string | undefined;

function sharedFolder(): string {
  const given = process.env.OM_OPS_PACKED;
  if (given !== undefined) return given;
  if (own === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'om-ops-packed-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    own = made;
  }
  return own;
}

async function packAndInstall(tarballs: string, app: string): Promise<void> {
  for (const made of [tarballs, app]) {
    // What was cut off is begun anew.
    rmSync(made, { recursive: true, force: true });
    mkdirSync(made);
  }
  const plugins = readdirSync(join(checkout, 'plugins')).map((name) => `plugins/${name}`);
  const folders = ['.', 'kit', ...plugins].map((path) => join(checkout, path));
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', tarballs];
  await exec('npm', [...pack, ...folders], { cwd: checkout });
  const dependencies = folders.map((path) => {
    const { name, version } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as {
      name: string;
      version: string;
    };
    const file = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
    return [name, `file:${join(tarballs, file)}`];
  });
  writeFileSync(
    join(app, 'package.json'),
    JSON.stringify({ private: true, dependencies: Object.fromEntries(dependencies) }),
  );
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel', 'error'];
  await exec('npm', install, { cwd: app });
}
