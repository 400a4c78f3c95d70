import { parseDuration, type ScheduledTask, shellWord } from '@om-ops/kit';
import { ruleOf, windowOf } from '../period.ts';
import type { ScheduleSection, TaskSetting } from '../site.ts';
import { builtInTasks } from './built-in.ts';
import type { Step, Task } from './task.ts';

export interface TaskSources {
  /** What the plugins give, in their order. */
  given: readonly { topic: string; value: ScheduledTask }[];
  section: ScheduleSection;
  /** Whether an installed plugin has the command of a command line. */
  isInstalled(argv: readonly string[]): boolean;
  /** Whether the profile's file itself says this of a task. */
  isWritten(id: string, key: keyof TaskSetting): boolean;
}

const longest = '24h';

/** All tasks of a site, by the time of day, and what of the profile is of no use, as sentences. */
export function tasksOf({ given, section, isInstalled, isWritten }: TaskSources): {
  tasks: Task[];
  problems: string[];
} {
  const problems: string[] = [];
  const all = [...given, ...builtInTasks.map((value) => ({ topic: 'schedule', value }))];
  const ids = [...new Set([...all.map(({ value }) => value.id), ...Object.keys(section.tasks)])];
  const tasks = ids.flatMap((id) => {
    const parts = all.filter(({ value }) => value.id === id);
    const setting = section.tasks[id];
    const own = setting?.argv;
    const steps = stepsOf(parts, setting, isInstalled);
    if (steps.length === 0) {
      // The four of the profile's defaults may wait for their plugins.
      if (setting !== null && isWritten(id, 'every'))
        problems.push(
          `schedule.tasks.${id} of the site profile says when, and no installed plugin has such a task; one of your own needs \`argv\` too.`,
        );
      return [];
    }
    const first = parts[0]?.value;
    const every = setting?.every ?? first?.every ?? 'day';
    const isInterval = /\d/.test(every);
    if (isInterval)
      for (const key of ['at', 'on'] as const)
        if (isWritten(id, key))
          problems.push(
            `schedule.tasks.${id}.${key} of the site profile is of no use: the task runs every ${every}.`,
          );
    const given = setting?.on;
    if (given !== undefined && isWritten(id, 'on') && !isInterval && dayOf(every, given) !== given)
      problems.push(
        `schedule.tasks.${id}.on of the site profile is no day of a ${every}, so it is passed over.`,
      );
    const at = isInterval ? null : (setting?.at ?? first?.at ?? '00:00');
    const on = dayOf(every, dayOf(every, given) === given ? given : first?.on);
    const window = setting?.window ?? first?.window ?? null;
    return [
      {
        id,
        title: setting?.title ?? first?.title ?? own?.map(shellWord).join(' ') ?? id,
        why: own === undefined ? (first?.why ?? null) : null,
        steps,
        every,
        at,
        on,
        window,
        catchUp: setting?.catchUp ?? first?.catchUp ?? true,
        timeoutMs: parseDuration(setting?.timeout ?? longest),
        off: setting === null,
        rule: ruleOf({ every, at: at ?? undefined, on: on ?? undefined }),
        hours: window === null ? null : windowOf(window),
      } satisfies Task,
    ];
  });
  return { tasks: tasks.toSorted(byTime), problems };
}

/** A day that does not fit, of the week for a month or the other way round, is that of another cadence. */
function dayOf(every: string, on: TaskSetting['on']): Task['on'] {
  if (every === 'week') return typeof on === 'string' ? on : 'mon';
  if (every === 'month') return typeof on === 'number' ? on : 1;
  return null;
}

function stepsOf(
  parts: TaskSources['given'],
  setting: TaskSetting | null | undefined,
  isInstalled: TaskSources['isInstalled'],
): Step[] {
  const own = setting?.argv;
  if (own !== undefined)
    return [
      {
        from: 'profile',
        argv: own,
        guarded: setting?.guarded ?? false,
        installed: isInstalled(own),
      },
    ];
  const seen = new Set<string>();
  return parts.flatMap(({ topic, value: { argv, guarded = false } }) => {
    const line = JSON.stringify(argv);
    if (seen.has(line)) return [];
    seen.add(line);
    return [{ from: topic, argv, guarded, installed: isInstalled(argv) }];
  });
}

const order = (every: string): number => ['day', 'week', 'month'].indexOf(every);

function byTime(one: Task, other: Task): number {
  return (
    order(one.every) - order(other.every) ||
    (one.at ?? '').localeCompare(other.at ?? '') ||
    one.id.localeCompare(other.id)
  );
}
