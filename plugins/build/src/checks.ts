import { type Check, mayBeThere, type Site } from '@om-ops/kit';
import { buildPanel } from './panel.ts';

/** The dists, as the panel has them: whether they are there, and newer than their sources. */
export function buildChecks(site: Site): Check[] {
  return [
    {
      key: 'dist',
      title: 'What was built',
      everyMs: 10 * 60_000,
      samples: 1,
      runbook: 'component-failure',
      command: 'om-ops build status',
      async run(signal) {
        if (!mayBeThere(site.root))
          return { state: 'off', message: `There is no site at ${site.root}.` };
        const { state, metrics, notes } = await buildPanel({ site, signal, now: new Date() });
        return {
          state,
          metrics,
          message:
            notes[0] ??
            (state === 'off'
              ? 'This site builds nothing.'
              : 'Every dist is there, and newer than its sources.'),
        };
      },
    },
  ];
}
