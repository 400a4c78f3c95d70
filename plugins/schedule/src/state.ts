import { type Check, currentTime, type Panel, type PanelContext, type Site } from '@om-ops/kit';
import { formatDuration, plural, printableName } from '@om-ops/kit/text';
import { schedulePlaces } from './folder.ts';
import { type History, runState, type TaskRun } from './ledger/history.ts';
import { readHistory } from './ledger/ledger.ts';
import { isRunAlive } from './run/alive.ts';
import { type LastTick, lastTick } from './run/heartbeat.ts';

const dayMs = 86_400_000;

/** What was written down, put together: nothing else is looked at. */
interface Stand {
  history: History;
  tick: LastTick | null;
  /** The newest run of each task that failed or was cut off. */
  failed: TaskRun[];
  /** Periods that nobody ran, of the last day. */
  missed: number;
  isInstalled: boolean;
}

async function standOf(site: Pick<Site, 'site' | 'state'>, now: Date): Promise<Stand> {
  const places = schedulePlaces(site);
  const history = await readHistory(places.ledger);
  const newest = new Map(history.runs.map((run) => [run.task, run]));
  const failed = [...newest.values()].filter((run) => {
    const how = runState(run);
    return how === 'open'
      ? !isRunAlive(run, now)
      : ['failed', 'cut-off', 'interrupted'].includes(how);
  });
  const missed = history.missed
    .filter(({ at }) => now.getTime() - new Date(at).getTime() < dayMs)
    .reduce((sum, { count }) => sum + count, 0);
  const tick = lastTick(places, now);
  return { history, tick, failed, missed, isInstalled: history.installed !== null };
}

const missedLimit = { warning: 0, when: 'above' } as const;

export async function schedulePanel({ site, now }: PanelContext): Promise<Panel> {
  const stand = await standOf(site, now);
  const { tick, failed, missed, history } = stand;
  const ran = history.runs.filter(({ at }) => now.getTime() - new Date(at).getTime() < dayMs);
  const paused = history.pausedUntil(null, now);
  const isOff = tick === null && !stand.isInstalled;
  const notes = [
    ...(isOff ? ['Nothing runs by itself: om-ops schedule install'] : []),
    ...(isOff || tick?.alive ? [] : [tickText(stand, now)]),
    ...(failed.length === 0 ? [] : [failedText(failed)]),
    ...(missed === 0 ? [] : [`${plural(missed, 'run')} missed in a day: om-ops maintain status`]),
    ...(paused === null ? [] : ['Everything is paused: om-ops schedule resume']),
  ];
  return {
    title: 'Schedule',
    state: isOff ? 'off' : !tick?.alive ? 'critical' : notes.length > 0 ? 'warning' : 'healthy',
    metrics: [
      { key: 'runs', label: 'Runs in a day', value: ran.length, unit: 'count' },
      {
        key: 'failed',
        label: 'Tasks that failed last',
        value: failed.length,
        unit: 'count',
        welcome: 'down',
        limit: missedLimit,
      },
      {
        key: 'missed',
        label: 'Missed in a day',
        value: missed,
        unit: 'count',
        welcome: 'down',
        limit: missedLimit,
      },
    ],
    facts: [
      {
        label: 'Tick',
        value: tick === null ? 'never' : `${formatDuration(Math.max(0, tick.ageMs))} ago`,
      },
      { label: 'Runs in a day', value: String(ran.length) },
      { label: 'Failed last', value: String(failed.length) },
      { label: 'Missed in a day', value: String(missed) },
    ],
    notes,
    ...(notes.length === 0 ? {} : { command: 'om-ops maintain status' }),
  };
}

export function scheduleChecks(site: Site): Check[] {
  const stand = () => standOf(site, currentTime());
  return [
    {
      key: 'tick',
      title: 'The tick of the schedule',
      kind: 'age',
      command: 'om-ops schedule check',
      async run() {
        const found = await stand();
        const { tick, isInstalled } = found;
        if (tick === null && !isInstalled)
          return { state: 'off', message: 'The schedule is not installed.' };
        return {
          state: tick?.alive ? 'healthy' : 'critical',
          message: tickText(found, currentTime()),
        };
      },
    },
    {
      key: 'tasks',
      title: 'Tasks of the schedule',
      kind: 'event',
      command: 'om-ops maintain status',
      after: ['schedule.tick'],
      async run() {
        const { failed, history } = await stand();
        if (history.runs.length === 0) return { state: 'off', message: 'No task has run yet.' };
        return {
          state: failed.length > 0 ? 'warning' : 'healthy',
          message: failed.length > 0 ? failedText(failed) : 'No task failed when it ran last.',
          metrics: [
            {
              key: 'failed',
              label: 'Tasks that failed last',
              value: failed.length,
              unit: 'count',
              welcome: 'down',
              limit: missedLimit,
            },
          ],
        };
      },
    },
    {
      key: 'missed',
      title: 'Missed runs',
      kind: 'event',
      command: 'om-ops maintain status',
      after: ['schedule.tick'],
      async run() {
        const { missed, history } = await stand();
        if (history.runs.length === 0) return { state: 'off', message: 'No task has run yet.' };
        return {
          state: missed > 0 ? 'warning' : 'healthy',
          message:
            missed > 0
              ? `${plural(missed, 'run')} missed in a day, because no tick came in time.`
              : 'No run was missed in a day.',
          metrics: [
            {
              key: 'missed',
              label: 'Missed in a day',
              value: missed,
              unit: 'count',
              welcome: 'down',
              limit: missedLimit,
            },
          ],
        };
      },
    },
  ];
}

function tickText({ tick }: Stand, now: Date): string {
  if (tick === null) return 'The schedule is installed, and no tick has ever come.';
  const age = formatDuration(Math.abs(now.getTime() - tick.at.getTime()));
  if (tick.alive) return `The tick came ${age} ago.`;
  return tick.ageMs < 0
    ? `The last tick lies ${age} in the future: the clock was set back.`
    : `The tick came ${age} ago, and should each minute: nothing runs by itself.`;
}

const named = 3;

function failedText(failed: readonly TaskRun[]): string {
  const names = failed.slice(0, named).map(({ task, ended }) => {
    const how = ended === null ? 'cut off' : `exit ${ended.exit}`;
    return `${printableName(task)} (${how})`;
  });
  const more = failed.length > named ? ` and ${failed.length - named} more` : '';
  return `${plural(failed.length, 'task')} failed when ${failed.length === 1 ? 'it' : 'they'} ran last: ${names.join(', ')}${more}.`;
}
