import { type Panel, type PanelContext, silentProgress } from '@om-ops/kit';
import { formatBytes, formatDuration, formatTime, plural } from '@om-ops/kit/text';
import { partsOf } from './parts/part.ts';
import { buildState } from './status/status.ts';

/** What was built, how old it is, and how the last rebuild ended. */
export async function buildPanel({ site, signal, now }: PanelContext): Promise<Panel> {
  const { parts, runs, kept } = await buildState(partsOf(site), site.state, {
    ...silentProgress(),
    signal,
  });
  const used = parts.filter(({ state }) => state !== 'off');
  const cutOff = kept.filter(({ isAtWork, run }) => !isAtWork && run !== null);
  const lacking = used.filter(({ state }) => state === 'missing' || state === 'empty');
  const stale = used.filter(({ state }) => state === 'stale');
  const [last] = runs;
  const isBad = last !== undefined && last.state !== 'done' && last.state !== 'running';
  const bytes = used.reduce((sum, part) => sum + part.bytes, 0);
  return {
    title: 'Build',
    state:
      used.length === 0
        ? 'off'
        : cutOff.length > 0 || lacking.length > 0
          ? 'critical'
          : stale.length > 0 || isBad
            ? 'warning'
            : used.some(({ state }) => state === 'unknown')
              ? 'unknown'
              : 'healthy',
    metrics: used.flatMap(({ part, files, newest }) => [
      { key: `${part}.files`, label: `Files of the ${part}`, value: files, unit: 'count' as const },
      {
        key: `${part}.age`,
        label: `Age of the ${part}`,
        value:
          newest === null ? null : Math.max(0, now.getTime() - Date.parse(newest)) / 86_400_000,
        unit: 'days' as const,
      },
    ]),
    facts: [
      ...used.map(({ part, newest, files }) => ({
        label: part,
        value:
          newest === null
            ? 'not built'
            : `${plural(files, 'file')}, ${formatDuration(Math.max(0, now.getTime() - Date.parse(newest)))} old`,
      })),
      { label: 'Size', value: formatBytes(bytes) },
      {
        label: 'Last rebuild',
        value:
          last === undefined
            ? 'none'
            : `${last.state}${last.startedAt === null ? '' : `, ${formatTime(last.startedAt)}`}`,
      },
    ],
    notes: [
      ...cutOff.map(({ standing }) => standing),
      ...lacking.map(({ part, why }) => `${part}: ${why} Build it: om-ops build ${part}`),
      ...stale.map(({ part, why }) => `${part}: ${why} Build it: om-ops build ${part}`),
      ...(isBad
        ? [`The last rebuild (${last.name}) ended ${last.state}: om-ops build status`]
        : []),
    ],
  };
}
