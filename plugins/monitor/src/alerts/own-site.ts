import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, OpsError, type Site, systemCode, writeFileAtomicSync } from '@om-ops/kit';
import { printableName } from '@om-ops/kit/text';

const pathOf = (state: string): string => join(state, 'monitor', 'site.json');

/** Whose alerts lie below STATE; undefined: nobody's yet. */
function keptFor(state: string): string | undefined {
  try {
    const kept = JSON.parse(readFileSync(pathOf(state), 'utf8')) as { site?: unknown } | null;
    return typeof kept?.site === 'string' ? kept.site : undefined;
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined || code === 'ENOENT') return undefined;
    throw fromSystemError(error, 'read', pathOf(state));
  }
}

/**
 * Two sites may keep their backups in one STATE, told apart by their sidecars. Alerts of one must not be taken for
 * those of the other.
 *
 * @throws OpsError E_OTHER_SITE (exit 5), E_PERMISSION
 */
export function assertOwnAlerts({ state, site }: Pick<Site, 'state' | 'site'>): void {
  const other = keptFor(state);
  if (other === undefined || other === site) return;
  throw new OpsError(
    'E_OTHER_SITE',
    `The alerts in ${join(state, 'monitor')} are those of ${printableName(other)}, not of ${printableName(site)}.`,
    {
      exit: 'requirement',
      suggestions: [
        'Give each site that is watched a `state` of its own in its profile.',
        `If the site was only renamed: rm ${pathOf(state)}`,
      ],
    },
  );
}

/** Says from now on whose they are. STATE/monitor is there. @throws OpsError of the file system */
export function claimAlerts({ state, site }: Pick<Site, 'state' | 'site'>): void {
  if (keptFor(state) === undefined)
    writeFileAtomicSync(pathOf(state), `${JSON.stringify({ site })}\n`);
}
