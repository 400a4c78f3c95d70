// Bundles the browser side of every report: <package>/src/report/page/index.tsx becomes
// <package>/dist/report/page.js and page.css, which the Node side puts into the HTML file. The page of
// pages is the kit's own, kit/lib/all-pages.js.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Builds the page of every package in `packages` that has one; returns the scripts written. */
export async function buildPages(packages = workspaces()) {
  const { build } = await import('esbuild');
  const pages = packages
    .map((name) => (name === 'kit' ? kitPage : pageOf(name)))
    .filter(({ entry }) => existsSync(entry));
  return Promise.all(pages.map(({ entry, outfile }) => bundlePage(entry, outfile, build)));
}

function workspaces() {
  return ['kit', ...readdirSync(join(root, 'plugins')).map((name) => `plugins/${name}`)];
}

const kitPage = {
  entry: join(root, 'kit/src/report/page/all-pages/index.tsx'),
  outfile: join(root, 'kit/lib/all-pages.js'),
};

function pageOf(name) {
  return {
    entry: join(root, name, 'src/report/page/index.tsx'),
    outfile: join(root, name, 'dist/report/page.js'),
  };
}

/** Bundles one page into `outfile` and the `.css` beside it; returns `outfile`. */
export async function bundlePage(entry, outfile, build) {
  const esbuild = build ?? (await import('esbuild')).build;
  mkdirSync(dirname(outfile), { recursive: true });
  await esbuild({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    format: 'iife',
    charset: 'utf8',
    legalComments: 'none',
    target: ['chrome123', 'firefox128', 'safari17.5'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'warning',
  });
  if (!existsSync(outfile.replace(/js$/, 'css'))) {
    throw new Error(`${entry} imports no styles: import '@om-ops/kit/page' brings them.`);
  }
  return outfile;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const only = process.argv.slice(2);
  await buildPages(only.length > 0 ? only : undefined);
}
