// Writes oclif.manifest.json of the binary and of every plugin. Without one oclif imports every command at start.
// And dist/core-plugins.json, the index of all of them that the binary starts from (src/core-plugins.ts).
// `--check` writes nothing and fails when the committed one of the binary is stale.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Plugin } from '@oclif/core';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

async function manifestOf(folder) {
  const plugin = new Plugin({
    root: folder,
    type: 'core',
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
  });
  await plugin.load();
  return `${JSON.stringify(plugin.manifest, null, 2)}\n`;
}

/** The plugins of `oclif.plugins` with what oclif reads of them at every start. */
function indexed(folder) {
  const { scripts, devDependencies, optionalDependencies, ...pjson } = readJson(
    join(folder, 'package.json'),
  );
  return { pjson, manifest: readJson(join(folder, 'oclif.manifest.json')) };
}

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

const check = process.argv.includes('--check');
for (const folder of [root, ...globSync(join(root, 'plugins/*'))]) {
  const path = join(folder, 'oclif.manifest.json');
  const manifest = await manifestOf(folder);
  if (!check) writeFileSync(path, manifest);
  else if (folder === root && readFileSync(path, 'utf8') !== manifest) {
    console.error('oclif.manifest.json is stale: run `npm run build` and commit it.');
    process.exitCode = 1;
  }
}

if (!check) {
  const { plugins } = readJson(join(root, 'package.json')).oclif;
  const folders = [root, ...plugins.map((name) => join(root, 'node_modules', name))];
  writeFileSync(join(root, 'dist/core-plugins.json'), JSON.stringify(folders.map(indexed)));
}
