import { userInfo } from 'node:os';
import {
  type Change,
  type Command,
  confirmFlag,
  dryRunFlag,
  type Guarded,
  type GuardedResult,
  isoWithOffset,
  userName,
} from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import { isOn } from './due.ts';
import { changesOf } from './install/changes.ts';
import type { Method, Place, PlaceContext } from './install/place.ts';
import type { History } from './ledger/history.ts';
import { appendLines } from './ledger/ledger.ts';
import type { LedgerLine } from './ledger/line.ts';
import { ScheduleCommand } from './schedule-command.ts';
import { cadenceText, commandLine, runnableSteps, type Task } from './task/task.ts';

export const installationFlags = { ...dryRunFlag, ...confirmFlag };

export interface InstallationResult extends GuardedResult {
  dryRun: boolean;
  how: Method[];
  /** Those that run by themselves. */
  tasks: string[];
  /** Guarded command lines that run without asking. */
  confirmed: string[];
}

interface Plan {
  places: Place[];
  changes: Change[];
  lines: LedgerLine[];
  /** What takes the lines back. */
  back: LedgerLine[];
  /** How many of the places were changed. */
  applied: number;
  /** Whether the lines are in the ledger. */
  noted: boolean;
}

/** A command that changes what calls the tick, and what was confirmed. */
export abstract class InstallationCommand<
  C extends typeof Command,
  R extends object = InstallationResult,
> extends ScheduleCommand<C, R | InstallationResult> {
  // oclif looks for statics above a class only as far as each class has some of its own.
  static override enableJsonFlag = true;

  protected get placeContext(): PlaceContext {
    const { site } = this.site;
    return { name: this.installationName, site, tick: this.tickCommand(), env: process.env };
  }

  /** The user whose crontab it is. */
  protected get cronUser(): string {
    try {
      return userInfo().username;
    } catch {
      return userName();
    }
  }

  /** Shows, asks, changes, looks again, and takes back what does not hold. */
  protected change(
    places: () => Promise<Place[]>,
    what: {
      question(): string;
      more(): Promise<{ changes: Change[]; lines: LedgerLine[]; back: LedgerLine[] }>;
      result(done: GuardedResult, plan: { places: Place[] }): InstallationResult;
    },
  ): Promise<R | InstallationResult> {
    const { ledger } = this.folders;
    const guarded: Guarded<Plan> = {
      plan: async () => {
        const found = await places();
        const more = await what.more();
        const texts = await changesOf(found.flatMap((place) => place.texts));
        return {
          places: found,
          ...more,
          changes: [...texts, ...more.changes],
          applied: 0,
          noted: false,
        };
      },
      changes: (plan) => plan.changes,
      question: () => what.question(),
      stillHolds: async (plan) => sameTexts(plan.places, await places()),
      apply: async (plan, { signal }) => {
        for (const place of plan.places) {
          signal.throwIfAborted();
          plan.applied += 1;
          if (isChanged(place)) await place.apply(signal);
        }
        await appendLines(ledger, plan.lines);
        plan.noted = true;
      },
      verify: async (plan) => {
        for (const place of plan.places) {
          const problem = isChanged(place) ? await place.problem() : undefined;
          if (problem !== undefined) return problem;
        }
        return undefined;
      },
      undo: async (plan) => {
        for (const place of plan.places.slice(0, plan.applied))
          if (isChanged(place)) await place.undo();
        if (plan.noted) await appendLines(ledger, plan.back);
      },
    };
    return this.guarded<Plan, R | InstallationResult>('schedule-install', guarded, what.result);
  }

  /** The guarded command lines of the tasks that run by themselves. */
  protected guardedLines(tasks: readonly Task[]): { line: string; argv: string }[] {
    return tasks
      .filter(isOn)
      .flatMap(runnableSteps)
      .filter(({ guarded }) => guarded)
      .map((step) => ({ line: commandLine(step), argv: JSON.stringify(step.argv) }));
  }

  /** So that a task whose time of today is over does not run at once, in the middle of the day. */
  protected fromNowOn(tasks: readonly Task[], history: History): LedgerLine[] {
    const at = isoWithOffset(this.now);
    return tasks
      .filter((task) => isOn(task) && history.since(task.id) === undefined)
      .map((task) => ({
        state: 'since',
        at,
        task: task.id,
        cadence: cadenceText(task),
        after: at,
      }));
  }
}

const verbs: Record<Change['kind'], string> = {
  create: 'make',
  edit: 'change',
  remove: 'remove',
  permissions: 'change',
  run: 'run',
};

function isChanged({ texts }: Place): boolean {
  return texts.some(({ before, after }) => before !== after);
}

function sameTexts(one: readonly Place[], other: readonly Place[]): boolean {
  const before = (places: readonly Place[]) =>
    JSON.stringify(places.flatMap(({ texts }) => texts.map((text) => text.before)));
  return before(one) === before(other);
}

export function installationText(
  { outcome, changes, dryRun, how, tasks, confirmed }: InstallationResult,
  verb: 'install' | 'remove',
): string {
  const where = how
    .map((method) => (method === 'cron' ? 'the crontab' : 'a systemd timer'))
    .join(' and ');
  if (outcome === 'unchanged')
    return verb === 'install'
      ? `The schedule is installed already, by ${where}.`
      : 'The schedule is not installed; nothing was changed.';
  if (dryRun) {
    const lines = changes.map(
      ({ kind, what, diff }) => `Would ${verbs[kind]} ${what}\n${diff ?? ''}`,
    );
    return [...lines, 'Nothing was changed: this was a dry run.'].join('\n');
  }
  if (outcome !== 'applied') return '';
  if (verb === 'remove')
    return `The schedule is removed from ${where}: nothing runs by itself any more.`;
  const asked =
    confirmed.length === 0
      ? ''
      : ` ${confirmed.map((line) => `om-ops ${line}`).join(' and ')} run${confirmed.length === 1 ? 's' : ''} without asking.`;
  return `The schedule is installed, by ${where}: ${plural(tasks.length, 'task')} run${tasks.length === 1 ? 's' : ''} by themselves.${asked}\nWhat runs when: om-ops schedule list. Whether the tick comes: om-ops schedule check`;
}
