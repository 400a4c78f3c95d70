// Writes oclif.manifest.json of the binary and of every plugin. Without one oclif imports every command at start.
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
