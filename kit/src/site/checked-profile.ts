import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { privateCacheFolder } from '../cache-folder.ts';
import { writeFileAtomicSync } from '../store/atomic.ts';
import type { CoreSite } from './core.ts';
import { documentOf, type ProfileContent, type ProfileDocument } from './document.ts';

/** Changes whenever what is kept, or how a profile is checked, changes. */
const format = 2;

export interface CheckedProfile {
  core: CoreSite;
  document: ProfileDocument;
}

interface Kept {
  stamp: string;
  core: CoreSite;
  content: ProfileContent;
}

/**
 * Reads and checks the core of a profile. Loading YAML and zod takes as long as a short command, so the
 * result is kept in the user's cache folder for as long as the file stays the same.
 *
 * @throws OpsError E_SITE_INVALID (exit 2)
 */
export async function checkedProfile(
  file: string,
  sections: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<CheckedProfile> {
  const folder = privateCacheFolder(env);
  const place =
    folder === undefined
      ? undefined
      : join(
          folder,
          'profiles',
          `${createHash('sha256').update(file).digest('hex').slice(0, 32)}.json`,
        );
  const stamp = stampOf(file, sections);
  const kept = place === undefined || stamp === undefined ? undefined : readKept(place, stamp);
  if (kept !== undefined) return { core: kept.core, document: documentOf(file, kept.content) };

  const [{ readProfileContent }, { checkSection, checkTopLevel, profileError }, { coreSection }] =
    await Promise.all([import('./document.ts'), import('./check.ts'), import('./section.ts')]);
  const content = await readProfileContent(file);
  const document = documentOf(file, content);
  const checked = await checkSection(coreSection, document);
  const problems = [...(await checkTopLevel(document, sections)), ...checked.problems];
  if (problems.length > 0) throw profileError(problems);
  if (place !== undefined && stamp !== undefined)
    keep(place, { stamp, core: checked.value, content });
  return { core: checked.value, document };
}

/** Says whether the file is the one that was checked, against the same sections. */
function stampOf(file: string, sections: readonly string[]): string | undefined {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const { dev, ino, size, mtimeNs, ctimeNs } = stat;
  // A file written a moment ago may be written again without a change of its times.
  if (Date.now() - Number(ctimeNs / 1_000_000n) < 100) return undefined;
  return [format, dev, ino, size, mtimeNs, ctimeNs, ...[...sections].sort()].join(' ');
}

function readKept(place: string, stamp: string): Kept | undefined {
  try {
    const kept = JSON.parse(readFileSync(place, 'utf8')) as Kept;
    return kept.stamp === stamp ? kept : undefined;
  } catch {
    return undefined;
  }
}

function keep(place: string, kept: Kept): void {
  try {
    const folder = join(place, '..');
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    writeFileAtomicSync(place, JSON.stringify(kept), { sync: false });
  } catch {
    // Nothing depends on it.
  }
}
