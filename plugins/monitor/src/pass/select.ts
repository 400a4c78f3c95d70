import { OpsError } from '@om-ops/kit';
import type { WatchedCheck } from '../checks/watched-check.ts';
import { isNamed } from '../named.ts';

/** What `backups` of one guide is called elsewhere. */
const otherNames: Readonly<Record<string, string>> = {
  backups: 'backup',
  certificates: 'certificate',
  disks: 'disk',
  processes: 'process',
  services: 'service',
};

/**
 * Those that somebody has named: by id, by the part before `:` or `.`, by tag, or with `*` for any characters.
 *
 * @throws OpsError E_NO_CHECK (exit 2)
 */
export function selected(
  checks: readonly WatchedCheck[],
  names: readonly string[],
  tags: readonly string[],
): WatchedCheck[] {
  const chosen = new Set<WatchedCheck>();
  for (const written of names) {
    const name = otherNames[written] ?? written;
    const found = checks.filter(({ id, tags }) => isNamed(id, name) || tags.includes(name));
    if (found.length === 0) throw noCheck(written, checks);
    for (const one of found) chosen.add(one);
  }
  if (tags.length === 0)
    return names.length === 0 ? [...checks] : checks.filter((one) => chosen.has(one));
  const tagged = checks.filter(
    (one) => one.tags.some((tag) => tags.includes(tag)) && (names.length === 0 || chosen.has(one)),
  );
  if (tagged.length > 0) return tagged;
  const known = [...new Set(checks.flatMap((one) => one.tags))].sort();
  throw new OpsError('E_NO_CHECK', `No check has the tag ${tags.join(' or ')}.`, {
    exit: 'usage',
    suggestions: [`There are ${known.join(', ')}.`],
  });
}

/** There is none of this name, and which come near. */
export function noCheck(name: string, checks: readonly WatchedCheck[]): OpsError {
  const near = checks.map(({ id }) => id).filter((id) => id.includes(name) || name.includes(id));
  return new OpsError('E_NO_CHECK', `There is no check ${name}.`, {
    exit: 'usage',
    suggestions: [
      ...(near.length > 0 ? [`Perhaps ${near.slice(0, 3).join(' or ')}.`] : []),
      'See all of them: om-ops health list',
    ],
  });
}
