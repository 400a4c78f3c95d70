import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pluginFolder } from './installed-plugins.ts';

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
export async function linkKit(dataDir: string): Promise<void> {
  const path = join(dataDir, 'package.json');
  const manifest: DataManifest = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as DataManifest)
    : { private: true, oclif: { schema: 1, plugins: [] }, dependencies: {} };
  const wanted = `file:${kitFolder()}`;
  if (manifest.dependencies?.['@om-ops/kit'] === wanted) return;
  manifest.dependencies = { ...manifest.dependencies, '@om-ops/kit': wanted };
  const { OpsError, writeFileAtomicSync } = await import('@om-ops/kit');
  const home = existing(dataDir);
  if (statSync(home).uid !== process.geteuid?.())
    throw new OpsError(
      'E_PERMISSION',
      `Cannot install plugins below ${home}: it belongs to another user.`,
      {
        exit: 'requirement',
        suggestions: [
          'Run it as that user, or with the HOME of your own: sudo -H om-ops plugins install NAME',
        ],
      },
    );
  mkdirSync(dataDir, { recursive: true });
  writeFileAtomicSync(path, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o644 });
}

/** The folder itself, or the nearest above it that is there. */
function existing(folder: string): string {
  let at = folder;
  while (!existsSync(at) && at !== dirname(at)) at = dirname(at);
  return at;
}

/**
 * Mends the link of installed plugins to the kit after the binary was moved or upgraded. One look at a
 * symbolic link when nothing is wrong, and where no plugin was ever installed.
 */
export async function healKitLink(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const folder = pluginFolder(env);
  const link = join(folder, 'node_modules/@om-ops/kit');
  if (!isLink(link)) return;
  const kit = realpathSync(kitFolder());
  try {
    if (realpathSync(link) === kit) return;
  } catch {
    // It points at where the binary was.
  }
  const fresh = `${link}.${process.pid}`;
  try {
    symlinkSync(kit, fresh);
    renameSync(fresh, link);
    await linkKit(folder);
  } catch {
    // Another user's folder: its owner's next run mends it.
  }
}

/** False as well where the folder may not be searched, as with another user's HOME. */
function isLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch {
    return false;
  }
}
