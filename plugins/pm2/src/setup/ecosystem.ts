import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { OpsError, type Site } from '@om-ops/kit';
import type { Pm2Section } from '../site.ts';

/** Where the definition of the app comes from. */
export type Source =
  | { kind: 'js' | 'json' | 'yaml'; file: string }
  /** No ecosystem file: `npm start` in the folder of the backend. */
  | { kind: 'npm'; folder: string };

/** The files that count, in this order, where the profile names none itself. */
export function ecosystemFiles(
  site: Pick<Site, 'below' | 'backend'>,
  section: Pm2Section,
): string[] {
  const names = [
    section.ecosystem,
    'ecosystem.config.js',
    'ecosystem.config.cjs',
    'pm2.config.js',
    join(site.backend.dir, 'ecosystem.config.js'),
  ];
  return [...new Set(names.map((name) => site.below(name)))];
}

/**
 * The ecosystem file of a site, or `npm start` where it has none.
 *
 * @throws OpsError E_NO_ECOSYSTEM, E_ECOSYSTEM_FORM (exit 5)
 */
export function findSource(site: Site, section: Pm2Section): Source {
  const isNamed = site.sourceOf(['pm2', 'ecosystem']) !== 'default';
  const files = isNamed ? [site.below(section.ecosystem)] : ecosystemFiles(site, section);
  const file = files.find(isFile);
  if (file !== undefined) return { kind: kindOf(file), file };
  const folder = site.below(site.backend.dir);
  if (!isNamed) {
    const modern = ['ecosystem.config.mjs', 'ecosystem.json5', 'ecosystem.config.json5']
      .map((name) => site.below(name))
      .find(isFile);
    if (modern !== undefined) kindOf(modern);
    if (startScript(folder) !== undefined) return { kind: 'npm', folder };
  }
  throw new OpsError(
    'E_NO_ECOSYSTEM',
    isNamed
      ? `There is no ecosystem file ${file ?? files[0]}.`
      : `There is no ecosystem file below ${site.root}, and ${folder} has no package.json with a start script.`,
    {
      exit: 'requirement',
      suggestions: [
        isNamed
          ? 'Correct pm2.ecosystem in the site profile.'
          : `Write ${site.below('ecosystem.config.js')}, or name yours in the profile: pm2: {ecosystem: deploy/ecosystem.config.js}`,
      ],
    },
  );
}

function startScript(folder: string): string | undefined {
  const manifest = packageOf(folder);
  const scripts = manifest?.scripts;
  const start =
    typeof scripts === 'object' && scripts !== null && 'start' in scripts
      ? scripts.start
      : undefined;
  return typeof start === 'string' ? start : undefined;
}

/** How PM2 reads a file, by its name. @throws OpsError E_ECOSYSTEM_FORM (exit 5) for what it does not */
function kindOf(file: string): 'js' | 'json' | 'yaml' {
  const name = basename(file);
  const refuse = (why: string, fix: string) =>
    new OpsError('E_ECOSYSTEM_FORM', `PM2 cannot read ${file}: ${why}.`, {
      exit: 'requirement',
      suggestions: [fix],
    });
  if (name.endsWith('.json5'))
    throw refuse(
      'it takes no .json5',
      `Rename it to ${name.slice(0, -1)}: PM2 reads comments and trailing commas there too.`,
    );
  if (name.endsWith('.mjs'))
    throw refuse(
      'it takes no ES modules',
      `Write it with module.exports, as ${name.replace(/\.mjs$/, '.cjs')}.`,
    );
  if (name.endsWith('.json')) return 'json';
  if (/\.ya?ml$/.test(name)) return 'yaml';
  if (name.endsWith('.config.cjs')) return 'js';
  if (name.endsWith('.config.js')) {
    if (packageTypeOf(dirname(file)) !== 'module') return 'js';
    throw refuse(
      'the package.json beside or above it makes it an ES module',
      `Rename it to ${name.replace(/\.js$/, '.cjs')}, and use module.exports in it.`,
    );
  }
  throw refuse(
    'by its name it takes it for a script and not for an ecosystem file',
    `Rename it to ${name.replace(/\.[cm]?[jt]s$/, '')}.config.cjs.`,
  );
}

function packageTypeOf(folder: string): unknown {
  for (let at = folder; ; at = dirname(at)) {
    const manifest = packageOf(at);
    if (manifest !== undefined) return manifest.type;
    if (at === dirname(at)) return undefined;
  }
}

function packageOf(folder: string): Record<string, unknown> | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return typeof manifest === 'object' && manifest !== null
      ? (manifest as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
