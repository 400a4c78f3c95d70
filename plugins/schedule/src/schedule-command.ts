import { join } from 'node:path';
import {
  acquireLock,
  type Command,
  currentTime,
  type ExitCode,
  type Lock,
  OpsCommand,
  OpsError,
  omOpsCommand,
  parseDuration,
  userName,
} from '@om-ops/kit';
import { type SchedulePlaces, schedulePlaces } from './folder.ts';
import { type TickCommand, tickCommand } from './install/tick-command.ts';
import type { History } from './ledger/history.ts';
import { readHistory } from './ledger/ledger.ts';
import type { RunContext } from './run/run-task.ts';
import { type ScheduleSection, scheduleSection } from './site.ts';
import { runnableSteps, type Step, type Task } from './task/task.ts';
import { tasksOf } from './task/tasks.ts';

/** A command that works with the tasks of its site. */
export abstract class ScheduleCommand<
  C extends typeof Command,
  R extends object,
> extends OpsCommand<C, R> {
  // oclif looks for statics above a class only as far as each class has some of its own.
  static override enableJsonFlag = true;

  /** Fixed for the whole command. */
  protected readonly now = currentTime();

  protected get folders(): SchedulePlaces {
    return schedulePlaces(this.site);
  }

  protected section(): Promise<ScheduleSection> {
    return this.site.section(scheduleSection);
  }

  protected history(): Promise<History> {
    return readHistory(this.folders.ledger);
  }

  /** Every task of the site; warns of what the profile says in vain and of plugins that cannot say which they have. */
  protected async tasks(): Promise<{ tasks: Task[]; whole: boolean }> {
    const { values, failures } = await this.abilities.tasks();
    for (const { topic, reason } of failures)
      this.operation.warn(`${topic} could not say which tasks it has: ${reason}.`);
    const { tasks, problems } = tasksOf({
      given: values,
      section: await this.section(),
      isInstalled: (argv) => omOpsCommand(argv, this.config) !== undefined,
      isWritten: (id, key) => this.site.sourceOf(['schedule', 'tasks', id, key]) !== 'default',
    });
    for (const problem of problems) this.operation.warn(problem);
    return { tasks, whole: failures.length === 0 };
  }

  /** The task of a name, which may be written with underscores. @throws OpsError E_NO_TASK (exit 2), E_PLUGIN_MISSING (exit 5) */
  protected async task(name: string, { runnable = true } = {}): Promise<Task> {
    const id = name.toLowerCase().replaceAll('_', '-');
    const { tasks } = await this.tasks();
    const task = tasks.find((one) => one.id === id);
    if (task === undefined) {
      throw new OpsError('E_NO_TASK', `There is no task \`${name}\`.`, {
        exit: 'usage',
        suggestions: [
          `Tasks: ${tasks.map((one) => one.id).join(', ')}`,
          'What each does: om-ops maintain list',
        ],
      });
    }
    if (runnable && runnableSteps(task).length === 0) {
      const [step] = task.steps;
      throw new OpsError(
        'E_PLUGIN_MISSING',
        `No installed plugin has the command of ${task.id}: om-ops ${step?.argv.join(' ')}.`,
        {
          exit: 'requirement',
          suggestions: [`Install it: om-ops plugins install ${step?.argv[0]}`],
        },
      );
    }
    return task;
  }

  protected async runContext(isConfirmed: (step: Step) => boolean): Promise<RunContext> {
    const { operation, launcher, site } = this;
    return {
      places: this.folders,
      launcher,
      profile: site.located.file,
      command: this.id ?? '',
      by: userName(),
      redact: operation.redactor,
      signal: operation.signal,
      keepRuns: (await this.section()).keepRuns,
      warn: (message) => operation.warn(message),
      isConfirmed,
      protect: (what, deadlineMs, work) => operation.protect(what, deadlineMs, work),
    };
  }

  protected get launcher(): string {
    return join(this.config.root, 'bin', this.config.bin);
  }

  /** What tells this site from the others that this user may have installed. */
  protected get installationName(): string {
    const { located, state } = this.site;
    if (located.file === undefined) return state;
    return process.env.OM_OPS_STATE ? `${located.file} ${state}` : located.file;
  }

  protected tickCommand(): TickCommand {
    const { launcher, site } = this;
    return tickCommand({ launcher, profile: site.located.file, env: process.env });
  }

  /** Keeps ticks from deciding meanwhile; they are done with it in no time. */
  protected deciding(): Promise<Lock> {
    return acquireLock(this.folders.locks, this.folders.lock('deciding'), {
      waitMs: 20_000,
      command: `om-ops ${(this.id ?? '').replaceAll(':', ' ')}`,
      signal: this.operation.signal,
    });
  }

  /** When a length of time from now is over. @throws OpsError E_USAGE */
  protected after(length: string): Date {
    // A bare number is days elsewhere, and would hold everything for as many.
    if (/^\s*\d+\s*$/.test(length) || /^\s*0+\s*[a-z]+\s*$/.test(length)) {
      throw new OpsError('E_USAGE', `\`${length}\` is not a length of time that is meant here.`, {
        exit: 'usage',
        suggestions: ['Write it with its unit: 90s, 30m, 12h or 2d.'],
      });
    }
    return new Date(this.now.getTime() + parseDuration(length));
  }

  /** Ends as the runs of tasks did. */
  protected endAs(
    exit: ExitCode,
    sentence: string,
    suggestions: readonly string[],
    result: R,
  ): void {
    if (exit === 6) this.unhealthy('E_TASK_UNHEALTHY', sentence, suggestions);
    else if (exit === 7) this.incomplete(sentence);
    else if (exit !== 0)
      this.fail(new OpsError('E_TASK_FAILED', sentence, { suggestions }), result);
  }
}
