// Sets up, then tells the main job as a story on a demo site. Starts on the system's Node 20.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, installPackages } from './setup.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

installPackages();
build();
const { status } = spawnSync(
  join(root, 'node_modules/.bin/node'),
  ['--disable-warning=ExperimentalWarning', 'scripts/demo-story.ts'],
  { cwd: root, stdio: 'inherit' },
);
process.exitCode = status ?? 1;
