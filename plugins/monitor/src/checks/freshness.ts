import { glob, stat } from 'node:fs/promises';
import type { Site } from '@om-ops/kit';
import { formatDuration, plural } from '@om-ops/kit/text';
import type { Machine } from '../readers/machine.ts';
import { msOf } from '../site/amounts.ts';
import type { FreshnessTarget } from '../site/checks.ts';
import { ownCheck, shownMetric, type WatchedCheck } from './watched-check.ts';

/** The newest of some files must not be too old: an export, a dump, what a job leaves. */
export function freshnessCheck(
  name: string,
  { files, maxAge }: FreshnessTarget,
  {
    site,
    machine,
    tags,
    after,
    runbook,
    source,
  }: {
    site: Pick<Site, 'root'>;
    machine: Machine;
    tags: readonly string[];
    after: readonly string[];
    runbook?: string | undefined;
    source: string;
  },
): WatchedCheck {
  const most = msOf(maxAge);
  return ownCheck(`freshness:${name}`, {
    title: `The newest of ${name}`,
    reads: `The times of ${files.join(', ')}.`,
    kind: 'age',
    samples: 1,
    tags: ['freshness', ...tags],
    after,
    source,
    ...(runbook === undefined ? {} : { runbook }),
    run: async (signal) => {
      let newest: { path: string; ms: number } | undefined;
      let count = 0;
      for await (const path of glob(files, { cwd: site.root })) {
        signal.throwIfAborted();
        const full = path.startsWith('/') ? path : `${site.root}/${path}`;
        const found = await stat(full).catch(() => undefined);
        if (found === undefined || !found.isFile()) continue;
        count += 1;
        if (newest === undefined || found.mtimeMs > newest.ms) newest = { path, ms: found.mtimeMs };
      }
      if (newest === undefined)
        return { state: 'critical', message: `There is no file that ${files.join(', ')} names.` };
      const age = machine.now().getTime() - newest.ms;
      const isOld = age > most;
      return {
        state: isOld ? 'critical' : 'healthy',
        message: `The newest of ${plural(count, 'file')}, ${newest.path}, is ${formatDuration(Math.max(0, age))} old${isOld ? `, and may be ${formatDuration(most)}` : ''}.`,
        metrics: [
          {
            ...shownMetric('value', `Age of ${name}`, Math.round(age), 'ms'),
            welcome: 'down',
            limit: { critical: most, when: 'above' },
          },
        ],
      };
    },
  });
}
