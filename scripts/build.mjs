// Builds every package: TypeScript, the scripts of the report pages, the oclif manifests.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removeStale } from './clean-dist.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const node = join(root, 'node_modules/.bin/node');

function run(...args) {
  const { status } = spawnSync(node, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

removeStale(root);
run(join(root, 'node_modules/typescript/bin/tsc'), '-b');
run('scripts/bundle-kit.mjs');
run('scripts/bundle-tick.mjs');
run('scripts/build-pages.mjs');
if (!process.argv.includes('--no-manifests')) {
  run('scripts/manifests.mjs');
  run('scripts/types.mjs');
}
