import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { writeFileAtomicSync } from '@om-ops/kit';

interface DataManifest {
  dependencies?: Record<string, string>;
  [key: string]: unknown;
}

/** The folder of the kit this binary runs with. */
function kitFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('@om-ops/kit/package.json'));
}

/**
 * Makes the plugin data folder depend on the binary's own kit by a `file:` link, so that npm resolves
 * the peer dependency of every installed plugin to it: one kit and one oclif core in the process.
 *
 * @returns whether the link had to be written
 */
export function linkKit(dataDir: string): boolean {
  const path = join(dataDir, 'package.json');
  const manifest: DataManifest = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as DataManifest)
    : { private: true, dependencies: {} };
  const wanted = `file:${kitFolder()}`;
  if (manifest.dependencies?.['@om-ops/kit'] === wanted) return false;
  manifest.dependencies = { ...manifest.dependencies, '@om-ops/kit': wanted };
  mkdirSync(dataDir, { recursive: true });
  writeFileAtomicSync(path, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o644 });
  return true;
}
