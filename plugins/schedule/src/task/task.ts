import type { Cadence, Weekday } from '@om-ops/kit';
import type { DayWindow, Rule } from '../period.ts';

/** One command of a task. */
export interface Step {
  /** The plugin that gave it, or `profile`. */
  from: string;
  argv: readonly string[];
  /** It asks for `YES APPLY`, which installing the schedule confirms. */
  guarded: boolean;
  /** Whether an installed plugin has the command. */
  installed: boolean;
}

/** A task as this site runs it: what the plugins propose, and what the profile says. */
export interface Task {
  id: string;
  title: string;
  why: string | null;
  steps: readonly Step[];
  every: Cadence;
  at: string | null;
  on: Weekday | number | null;
  window: string | null;
  catchUp: boolean;
  timeoutMs: number;
  /** The profile says that it does not run. */
  off: boolean;
  rule: Rule;
  hours: DayWindow | null;
}

/** The steps of a task that can be run here. */
export function runnableSteps({ steps }: Pick<Task, 'steps'>): readonly Step[] {
  return steps.filter(({ installed }) => installed);
}

/** `backup run database --prune` */
export function commandLine({ argv }: Pick<Step, 'argv'>): string {
  return argv.join(' ');
}

/** When it runs, in one text that changes when that does. */
export function cadenceText({ every, at, on }: Pick<Task, 'every' | 'at' | 'on'>): string {
  return [every, on, at].filter((part) => part !== null).join(' ');
}
