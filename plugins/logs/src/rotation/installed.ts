import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Site } from '@om-ops/kit';
import type { LogsSection } from '../site.ts';
import { rotationConfig } from './config.ts';
import { type RotationRule, rotationRules } from './rules.ts';

/** The file that the system's logrotate reads every day, and what it should hold. */
export interface InstalledRotation {
  path: string;
  wanted: string;
  /** Null when there is none. */
  present: string | null;
  /** From what is there to what should be; empty when that is the same. */
  diff: string;
  /** Other files that rotate the same logs. */
  others: { path: string; log: string }[];
  empty: { name: string; pattern: string }[];
}

const folder = '/etc/logrotate.d';

export async function installedRotation(
  site: Pick<Site, 'below' | 'site'>,
  section: LogsSection,
): Promise<InstalledRotation> {
  const { rules, empty } = rotationRules(site, section);
  const path = join(folder, `om-ops-${site.site.replace(/[^\w-]/g, '-')}`);
  const wanted = rotationConfig(site.site, rules);
  const present = existsSync(path) ? readFileSync(path, 'utf8') : null;
  return {
    path,
    wanted,
    present,
    diff: present === wanted ? '' : await diffOf(path, present, wanted),
    others: othersOf(path, rules),
    empty,
  };
}

async function diffOf(path: string, present: string | null, wanted: string): Promise<string> {
  const { createTwoFilesPatch } = await import('diff');
  const from = present === null ? '/dev/null' : path;
  return createTwoFilesPatch(from, path, present ?? '', wanted, undefined, undefined, {
    context: 3,
  });
}

/** Two rules for one log rotate it twice, and its writer writes into the wrong generation. */
function othersOf(own: string, rules: readonly RotationRule[]): InstalledRotation['others'] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  const logs = rules.flatMap(({ files }) => files);
  return names.flatMap((name) => {
    const path = join(folder, name);
    if (path === own) return [];
    const words = textOf(path).match(/^\s*"?(\/[^\s"{]+)/gm) ?? [];
    const patterns = words.map((word) => word.trim().replace(/^"/, ''));
    return logs
      .filter((log) => patterns.some((pattern) => covers(pattern, log)))
      .map((log) => ({ path, log }));
  });
}

function covers(pattern: string, log: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  return new RegExp(`^${expression}$`).test(log);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
