import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  symlinkSync,
} from 'node:fs';
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
 */
export function linkKit(dataDir: string): void {
  const path = join(dataDir, 'package.json');
  const manifest: DataManifest = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as DataManifest)
    : { private: true, oclif: { schema: 1, plugins: [] }, dependencies: {} };
  const wanted = `file:${kitFolder()}`;
  if (manifest.dependencies?.['@om-ops/kit'] === wanted) return;
  manifest.dependencies = { ...manifest.dependencies, '@om-ops/kit': wanted };
  mkdirSync(dataDir, { recursive: true });
  writeFileAtomicSync(path, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o644 });
}

/**
 * Mends the link of installed plugins to the kit after the binary was moved or upgraded. One look at a
 * symbolic link when nothing is wrong, and none at all where no plugin was ever installed.
 */
export function healKitLink(dataDir: string): void {
  const link = join(dataDir, 'node_modules/@om-ops/kit');
  const stat = lstatSync(link, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink() !== true) return;
  const kit = kitFolder();
  try {
    if (realpathSync(link) === realpathSync(kit)) return;
  } catch {
    // It points at where the binary was.
  }
  if (readlinkSync(link) === kit) return;
  const fresh = `${link}.${process.pid}`;
  symlinkSync(kit, fresh);
  renameSync(fresh, link);
  linkKit(dataDir);
}
