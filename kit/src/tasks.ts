import type { ListrTask } from 'listr2';
import { messageOf } from './errors.ts';
import type { Progress, ProgressState } from './progress.ts';
import { printableName } from './text/format.ts';

/** One line of a task list. */
export interface Task<T> {
  title: string;
  run(progress: Progress): Promise<T>;
  /** What stands behind the title once it is done: `84 MB, 1,204 files`. */
  summary?(value: T): string;
}

/** Tasks under a title of their own, one after the other or side by side. */
export interface TaskGroup<T> {
  title: string;
  tasks: readonly (Task<T> | TaskGroup<T>)[];
  /** How many at once. Default 1. */
  concurrent?: number;
  /** Go on with the next after one failed. Default: as the list around it. */
  continueOnError?: boolean;
}

function leavesOf<T>(tasks: readonly (Task<T> | TaskGroup<T>)[]): Task<T>[] {
  return tasks.flatMap((task) => ('tasks' in task ? leavesOf(task.tasks) : [task]));
}

/**
 * What runs in a group now. Listr lets go of a group as soon as one of its tasks has failed, whatever
 * goes on beside it: nothing may still be at work when a command has ended and its locks are free.
 */
class RunningGroup {
  readonly continueOnError: boolean;
  readonly #above: RunningGroup | undefined;
  readonly #work = new Set<Promise<unknown>>();
  #hasFailed = false;

  constructor(continueOnError: boolean, above?: RunningGroup) {
    this.continueOnError = continueOnError;
    this.#above = above;
  }

  /** Whether no further task may begin here. */
  get hasFailed(): boolean {
    return this.#hasFailed || (this.#above?.hasFailed ?? false);
  }

  async working<W>(work: Promise<W>): Promise<W> {
    const groups = [...this.#andAbove()];
    for (const group of groups) group.#work.add(work);
    try {
      return await work;
    } finally {
      for (const group of groups) group.#work.delete(work);
    }
  }

  /** Lets none begin in the groups that this ends, and waits for those at work in them. */
  async failed(): Promise<void> {
    for (const group of this.#andAbove()) {
      if (group.continueOnError) return;
      group.#hasFailed = true;
      await Promise.allSettled(group.#work);
    }
  }

  *#andAbove(): Generator<RunningGroup> {
    yield this;
    if (this.#above !== undefined) yield* this.#above.#andAbove();
  }
}

export type TaskOutcome<T> = { ok: true; value: T } | { ok: false; error: unknown };

/** Where and how progress is drawn: always on stderr, because stdout is the result. */
export type ProgressMode = 'live' | 'lines' | 'silent';

export interface TaskListOptions {
  mode: ProgressMode;
  signal: AbortSignal;
  warn(message: string): void;
  /** Takes secrets out of what is drawn. */
  redact(text: string): string;
  /** Go on with the next task after one failed. Default false. An interruption always ends the list. */
  continueOnError?: boolean;
}

/** Live on a terminal, lines elsewhere and under CI. */
export function progressMode(quiet: boolean, env: NodeJS.ProcessEnv = process.env): ProgressMode {
  if (quiet) return 'silent';
  const ci = env.CI !== undefined && env.CI !== '' && env.CI !== 'false';
  const terminal = process.stderr.isTTY === true && (process.stderr.columns ?? 0) >= 20;
  return terminal && !ci && env.TERM !== 'dumb' ? 'live' : 'lines';
}

/**
 * Runs tasks one after the other and draws them. The one place that makes a Listr.
 *
 * @returns an outcome for each task, in order; fewer than tasks when one failed and the list ended there.
 */
export async function runTasks<T>(
  tasks: readonly (Task<T> | TaskGroup<T>)[],
  options: TaskListOptions,
): Promise<TaskOutcome<T>[]> {
  const byTask = new Map<Task<T>, TaskOutcome<T>>();
  const { Listr, ListrLogger, ProcessOutput } = await import('listr2');
  const { progressLine } = await import('./text/progress.ts');
  const logger = new ListrLogger({
    processOutput: new ProcessOutput(process.stderr, process.stderr, { leaveEmptyLine: false }),
  });
  const lineOf = (task: Task<T> | TaskGroup<T>, above: RunningGroup): ListrTask => {
    if ('tasks' in task) {
      const { concurrent = 1, continueOnError = above.continueOnError } = task;
      const group = new RunningGroup(continueOnError, above);
      return {
        title: printableName(task.title),
        task: (_context, line) =>
          line.newListr(
            task.tasks.map((one) => lineOf(one, group)),
            {
              concurrent: concurrent === 1 ? false : concurrent,
              exitOnError: !continueOnError,
            },
          ),
      };
    }
    return {
      title: printableName(task.title),
      task: async (_context, line) => {
        const started = Date.now();
        // Listr keeps every output it is given (before 11 it exhausted the heap), so it is given few.
        const every = options.mode === 'live' ? 100 : 10_000;
        let drawn = options.mode === 'live' ? 0 : started;
        const state: ProgressState = {};
        const progress: Progress = {
          signal: options.signal,
          warn: options.warn,
          report(next) {
            Object.assign(state, next);
            const now = Date.now();
            if (now - drawn < every || options.mode === 'silent') return;
            drawn = now;
            line.output = options.redact(progressLine(state, now - started));
          },
        };
        if (above.hasFailed) throw new Error('not begun');
        try {
          options.signal.throwIfAborted();
          const value = await above.working(task.run(progress));
          const summary = task.summary?.(value);
          if (summary !== undefined)
            line.title = options.redact(printableName(`${task.title}: ${summary}`));
          byTask.set(task, { ok: true, value });
        } catch (error) {
          byTask.set(task, { ok: false, error });
          await above.failed();
          if (options.signal.aborted) throw options.signal.reason;
          throw new Error(options.redact(messageOf(error).split('\n')[0] ?? ''));
        }
      },
    };
  };
  const root = new RunningGroup(options.continueOnError ?? false);
  const list = new Listr(
    tasks.map((one) => lineOf(one, root)),
    {
      concurrent: false,
      exitOnError: !root.continueOnError,
      registerSignalListeners: false,
      renderer:
        options.mode === 'live' ? 'default' : options.mode === 'lines' ? 'simple' : 'silent',
      rendererOptions: { logger, collapseErrors: false },
      fallbackRendererOptions: { logger },
      fallbackRendererCondition: false,
      forceTTY: options.mode === 'live',
    },
  );
  try {
    await list.run();
  } catch {
    // What went wrong stands in the outcomes; Listr throws it a second time.
  }
  // In the order of the tasks, however they ended; those that never began are left out.
  return leavesOf(tasks).flatMap((task) => byTask.get(task) ?? []);
}
