import { plural } from '@om-ops/kit/text';
import { judged, levelOf, ownCheck, type WatchedCheck } from '../checks/watched-check.ts';
import type { HealthThresholds } from '../site/health.ts';
import type { PassCheck } from './pass.ts';

type Seen = Pick<PassCheck, 'id' | 'kind' | 'level'>;

const servicesOf = (checks: readonly Seen[]): Seen[] =>
  checks.filter(
    ({ kind, level, id }) => kind === 'service' && level !== 'off' && id !== 'integration',
  );

/** Percent of what is healthy among the services that could be tried; null: none could be. */
export function scoreOf(checks: readonly Seen[]): number | null {
  const known = servicesOf(checks).filter(({ level }) => level !== 'unknown');
  if (known.length === 0) return null;
  const well = known.filter(({ level }) => level === 'healthy').length;
  return Math.round((100 * well) / known.length);
}

/** All services together, by what was found of each in the same pass. */
export function integrationCheck(
  checks: readonly Seen[],
  { thresholds, source }: { thresholds: HealthThresholds['integration']; source: string },
): WatchedCheck {
  const services = servicesOf(checks);
  return ownCheck('integration', {
    title: 'All services together',
    reads: 'What the same pass found of each service.',
    tags: ['service'],
    source,
    samples: 3,
    after: services.map(({ id }) => id),
    runbook: 'integration',
    run: async () => {
      if (services.length === 0)
        return { state: 'off', message: 'No service of this site is looked at.' };
      const score = scoreOf(checks);
      if (score === null)
        return {
          state: 'unknown',
          message: `None of ${plural(services.length, 'service')} could be tried.`,
        };
      const limits = {
        warning: thresholds.warning,
        critical: thresholds.critical,
        when: 'below',
      } as const;
      const well = services.filter(({ level }) => level === 'healthy').length;
      return {
        state: levelOf(score, limits),
        message: `${well} of ${plural(services.length, 'service')} ${well === 1 ? 'is' : 'are'} well.`,
        metrics: [judged('Services that are well', score, 'percent', limits)],
      };
    },
  });
}
