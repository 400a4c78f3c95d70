/** `mon` … `sun`, as ISO weeks begin. */
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

export type Weekday = (typeof weekdays)[number];

/** Once a day, an ISO week or a month, or each so many minutes or hours since 1970 in UTC. */
export type Cadence = 'day' | 'week' | 'month' | `${number}m` | `${number}h`;

/**
 * Something that is worth running again and again. `schedule` runs it, `maintain` on request, and the profile may
 * change when (`schedule.tasks`). Tasks of one id are one task of several steps, as the plugins give them: the first says
 * when, and each command line counts once.
 */
export interface ScheduledTask {
  /** Small letters, digits and dashes, the same for ever: `backup-database`. */
  id: string;
  title: string;
  /** The command line behind `om-ops`, one argument an element. */
  argv: readonly string[];
  every: Cadence;
  /** `HH:MM` in the site's time zone, for days, weeks and months. Default `00:00`. */
  at?: string;
  /** Which day of the week (default `mon`), or of the month, 1 to 31 (default 1; of a shorter month the last). */
  on?: Weekday | number;
  /** Between which local times it may begin: `22:00-06:00`. What has not begun by then is missed. */
  window?: string;
  /** Whether the newest run that was missed is made up for. Default true. */
  catchUp?: boolean;
  /** The command is a guarded one: installing the schedule confirms it. Default false. */
  guarded?: boolean;
  /** One sentence. */
  why?: string;
}
