// Bundles what is published of the kit: each entry of its `exports` becomes kit/lib/<entry>.js, what several
// share a chunk beside them, and @oclif/core one file. Loading few large files instead of some 250 small ones is
// most of what starting a command costs. Types and the import check stay with kit/dist, one module a file.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const kit = join(dirname(fileURLToPath(import.meta.url)), '../kit');
const lib = join(kit, 'lib');
const common = {
  bundle: true,
  platform: 'node',
  target: 'node22.15',
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
};

/** Entry name → module of kit/dist, from the package's exports. */
function entries() {
  const { exports } = JSON.parse(readFileSync(join(kit, 'package.json'), 'utf8'));
  const loose = Object.values(exports).filter((target) => target.default?.startsWith('./dist/'));
  if (loose.length > 0)
    throw new Error(
      `kit/package.json exports ${loose[0].default}: dist is not published, name ./lib/…`,
    );
  return Object.fromEntries(
    Object.values(exports)
      .filter((target) => /^\.\/lib\/.*\.js$/.test(target.default))
      .map(({ types, default: file }) => [
        file.replace(/^\.\/lib\/(.*)\.js$/, '$1'),
        join(kit, types.replace(/\.d\.ts$/, '.js')),
      ]),
  );
}

async function bundleOclif() {
  // A CommonJS file of its own: as such Node compiles it lazily, and finds its names without running it.
  const folder = join(lib, 'oclif/lib');
  mkdirSync(folder, { recursive: true });
  await build({
    ...common,
    format: 'cjs',
    entryPoints: [join(kit, 'dist/oclif.js')],
    outfile: join(folder, 'core.cjs'),
    legalComments: 'eof',
    // Asked for in a try, by those who run oclif from TypeScript sources.
    external: ['typescript', 'tsx', 'ts-node'],
  });
  // oclif reads its own name and version one folder above itself.
  const require = fileURLToPath(import.meta.resolve('@oclif/core/package.json'));
  const { name, version, license } = JSON.parse(readFileSync(require, 'utf8'));
  writeFileSync(
    join(lib, 'oclif/package.json'),
    `${JSON.stringify({ name, version, license }, null, 2)}\n`,
  );
}

const oclifOnce = {
  name: 'oclif-once',
  setup({ onResolve }) {
    onResolve({ filter: /\/oclif\.js$/ }, () => ({ path: './oclif/lib/core.cjs', external: true }));
    // Every other package is loaded as it is, from node_modules.
    onResolve({ filter: /^[^./]/ }, ({ kind, path }) =>
      kind === 'entry-point' || path === 'zod' ? undefined : { external: true },
    );
  },
};

/** zod comes as some hundred modules, two thirds of them its messages in languages that nobody asks for. */
const zodInEnglish = {
  name: 'zod-in-english',
  setup({ onResolve }) {
    onResolve({ filter: /\/locales\/index\.js$/ }, ({ resolveDir }) => ({
      path: join(resolveDir, '../locales/en.js'),
    }));
  },
};

rmSync(lib, { recursive: true, force: true });
await bundleOclif();
await build({
  ...common,
  format: 'esm',
  splitting: true,
  entryPoints: entries(),
  outdir: lib,
  chunkNames: 'chunk-[hash]',
  plugins: [zodInEnglish, oclifOnce],
});
