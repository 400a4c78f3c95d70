import { formatTable, plural, printableName, styleFor } from '@om-ops/kit/text';
import type { ListedTask, ListedTick } from '../list.ts';
import { stateText } from './runs.ts';
import { cadenceWords, distanceText, momentText } from './when.ts';

export interface ListResult {
  now: string;
  zone: string;
  tick: ListedTick;
  /** Until when nothing runs; null: it does. */
  pausedUntil: string | null;
  tasks: ListedTask[];
}

export function listText({ now, zone, tick, pausedUntil, tasks }: ListResult): string {
  const at = new Date(now);
  const { dim } = styleFor(process.stdout);
  const table = formatTable<ListedTask>(
    [
      { head: 'Task', cell: ({ id }) => printableName(id) },
      { head: 'When', cell: (task) => cadenceWords(task) },
      {
        head: 'Last',
        cell: ({ last }) => (last === null ? '–' : `${momentText(last.at, at)} ${stateText(last)}`),
      },
      {
        head: 'Next',
        cell: ({ next, state }) =>
          next === null || state === 'paused' ? '–' : momentText(next, at),
      },
      { head: '', cell: (task) => dim(noteText(task, at)) },
    ],
    tasks,
  );
  const advice = tick.alive || tick.at === null ? '' : ' See why: om-ops schedule check.';
  return `${table}\n\n${tickText(tick, at)}${advice} Times are in ${zone}.${pausedUntil === null ? '' : `\nEverything is paused until ${momentText(pausedUntil, at)}: om-ops schedule resume`}`;
}

function noteText({ state, pausedUntil, steps, missed, window }: ListedTask, now: Date): string {
  const lost = steps.filter(({ installed }) => !installed).map(({ command }) => command);
  const notes = [
    ...(state === 'off' ? ['off in the profile'] : []),
    ...(state === 'paused' && pausedUntil !== null
      ? [`paused until ${momentText(pausedUntil, now)}`]
      : []),
    ...(lost.length > 0 ? [`not installed: om-ops ${lost.join(', om-ops ')}`] : []),
    ...(missed > 0 ? [`${plural(missed, 'run')} missed in 7 days`] : []),
    ...(window === null ? [] : [`between ${window.replace('-', ' and ')}`]),
  ];
  return notes.join('; ');
}

/** `The tick came 20 s ago.` */
export function tickText({ at, alive }: ListedTick, now: Date): string {
  if (at === null)
    return 'No tick has ever come, so nothing runs by itself. Install it: om-ops schedule install.';
  const age = distanceText(at, now);
  return alive
    ? `The tick came ${age}.`
    : `The tick came ${age}, and should each minute: nothing runs by itself.`;
}
