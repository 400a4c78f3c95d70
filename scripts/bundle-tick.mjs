// Bundles the entry of `schedule tick` into dist/tick.cjs: one file, and CommonJS, because Node loads its machinery for
// modules only when there is one. The command itself stays outside and is loaded when something is due.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

await build({
  entryPoints: [join(root, 'dist/tick.js')],
  outfile: join(root, 'dist/tick.cjs'),
  bundle: true,
  platform: 'node',
  target: 'node22.15',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
  external: ['./main.js'],
});
