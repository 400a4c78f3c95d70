import type { Check, Site } from '@om-ops/kit';
import { buildPanel } from './panel.ts';

/** The dists, as the panel has them: whether they are there, and newer than their sources. */
export function buildChecks(site: Site): Check[] {
  return [
    {
      key: 'dist',
      title: 'What was built',
      async run(signal) {
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
