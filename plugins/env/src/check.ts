import { join } from 'node:path';
import type { Site } from '@om-ops/kit';
import {
  differenceFindings,
  reuseFindings,
  stageFindings,
  valueFindings,
  writingFindings,
} from './findings/content.ts';
import { exampleFindings } from './findings/example.ts';
import { type Finding, finding, sorted } from './findings/finding.ts';
import { groupFindings } from './findings/groups.ts';
import { placeFindings } from './findings/place.ts';
import { type EnvFile, keysOf, readEnvFilesOf } from './read/env-file.ts';
import { type EnvSection, modeOf } from './site.ts';

export interface CheckResult {
  files: { path: string; exists: boolean; mode: string | null; keys: number }[];
  /** The worst first. */
  findings: Finding[];
  counts: { critical: number; warning: number; unknown: number; info: number };
}

/**
 * Everything that can be said of the env files by looking at them.
 *
 * @param given files of the command line, absolute; none: those of the profile
 */
export async function checkEnvFiles(
  site: Site,
  section: EnvSection,
  { given = [], signal }: { given?: readonly string[]; signal: AbortSignal },
): Promise<CheckResult> {
  const files = readEnvFilesOf(site, section, given);
  const keys = keysOf(files);
  const isSite = given.length === 0;
  const served = [
    join(site.root, site.frontend.dir, site.frontend.dist),
    join(site.root, site.frontend.dir, 'public'),
    site.below('public'),
  ];
  const place = { mode: modeOf(section), served, root: site.root, signal };
  const findings = [
    ...(isSite && files.length === 0 ? [nothing(site, section)] : []),
    ...(await Promise.all(files.map((file) => placeFindings(file, place)))).flat(),
    ...files.flatMap(writingFindings),
    // What a single file lacks may stand in another one.
    ...(isSite
      ? [...valueFindings(keys, section), ...groupFindings(keys, section)]
      : valueFindings(keys, { ...section, required: [] })),
    ...reuseFindings(keys),
    ...stageFindings(keys),
    ...differenceFindings(files, keys),
    ...(isSite ? exampleFindings(site, section, keys) : []),
  ];
  return { files: files.map(shown), findings: sorted(findings), counts: counted(findings) };
}

function nothing(site: Site, section: EnvSection): Finding {
  return finding(
    'no-file',
    section.required.length > 0 ? 'critical' : 'warning',
    `None of the env files of the profile is there (${site.envFiles.join(', ')} below ${site.root}).`,
    { command: 'om-ops config show' },
  );
}

function shown(file: EnvFile): CheckResult['files'][number] {
  return {
    path: file.path,
    exists: file.stat !== null,
    mode: file.stat === null ? null : (file.stat.mode & 0o7777).toString(8).padStart(4, '0'),
    keys: keysOf([file]).size,
  };
}

export function counted(findings: readonly Finding[]): CheckResult['counts'] {
  const counts = { critical: 0, warning: 0, unknown: 0, info: 0 };
  for (const { level } of findings) counts[level] += 1;
  return counts;
}

/** What is wrong, as a sentence to end with; undefined: nothing. */
export function problemOf({ critical, warning }: CheckResult['counts']): string | undefined {
  if (critical + warning === 0) return undefined;
  const parts = [
    ...(critical > 0 ? [`${critical} critical`] : []),
    ...(warning > 0 ? [`${warning} to be looked at`] : []),
  ];
  return `The env files are not as they should be: ${parts.join(', ')}.`;
}
