// `npm run fix`: formats, builds, and writes anew what is made from the sources: the manifests, README.md's list
// of commands, the schemas of the results, the snapshot of the command surface.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, installPackages } from './setup.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'node_modules/.bin');

function run(program, ...args) {
  const { status } = spawnSync(join(bin, program), args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  });
  if (status !== 0) process.exit(status ?? 1);
}

installPackages();
run('biome', 'check', '--write', '--log-level=warn', '.');
build();
run('node', 'scripts/readme.mjs');
run('node', 'scripts/results.mjs');
run('node', '--test', '--test-reporter=dot', '--test-update-snapshots', 'test/e2e/surface.test.ts');
