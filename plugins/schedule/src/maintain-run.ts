import { acquireLock, type Command, confirmFlag, dryRunFlag, OpsError } from '@om-ops/kit';
import type { Due } from './due.ts';
import { exitOfRuns } from './run/outcome.ts';
import { type RunResult, runTask } from './run/run-task.ts';
import { ScheduleCommand } from './schedule-command.ts';
import { commandLine, type Task } from './task/task.ts';
import { type MaintainRunResult, maintainRunText } from './view/maintain-run.ts';

export const maintainRunFlags = { ...dryRunFlag, ...confirmFlag };

/** A command that runs one task now, whatever its time is. */
export abstract class MaintainRunCommand<
  C extends typeof Command,
  R extends object = MaintainRunResult,
> extends ScheduleCommand<C, R | MaintainRunResult> {
  // oclif looks for statics above a class only as far as each class has some of its own.
  static override enableJsonFlag = true;

  /** @throws OpsError E_LOCKED (exit 4) while it runs already, E_UNCONFIRMED (exit 3) for guarded commands */
  protected async runNow(
    task: Task,
    request: { id: string; due: Date } | null = null,
  ): Promise<MaintainRunResult> {
    const { dryRun, operation, folders, now } = this;
    const guarded = task.steps.filter((step) => step.installed && step.guarded);
    const lost = task.steps.filter(({ installed }) => !installed);
    for (const step of lost)
      operation.warn(`No installed plugin has om-ops ${commandLine(step)}; it is passed over.`);
    if (dryRun) {
      const steps = task.steps.filter(({ installed }) => installed).map(commandLine);
      return { dryRun: true, task: task.id, title: task.title, steps, ran: null };
    }
    if (guarded.length > 0)
      await this.confirm(
        `${task.title} runs ${guarded.map((step) => `om-ops ${commandLine(step)}`).join(' and ')}, which deletes without asking again.`,
      );
    const context = await this.runContext(() => true);
    const due: Due = {
      period: null,
      due: request?.due ?? now,
      why: request === null ? 'hand' : 'request',
      attempt: 1,
      request: request?.id ?? null,
    };
    using _lock = await acquireLock(folders.locks, folders.lock(task.id), {
      command: `om-ops maintain run ${task.id}`,
      signal: operation.signal,
    });
    const ran = await this.runTask({ title: task.title, run: () => runTask(task, due, context) });
    operation.touch(`${folders.runs}/${ran.run}`);
    const result: MaintainRunResult = {
      dryRun: false,
      task: task.id,
      title: task.title,
      steps: task.steps.filter(({ installed }) => installed).map(commandLine),
      ran,
    };
    this.#judge(ran, result);
    return result;
  }

  #judge(ran: RunResult, result: MaintainRunResult): void {
    if (ran.outcome === 'failed') {
      const [bad] = ran.steps.filter(({ outcome }) => outcome === 'failed');
      const sentence = `om-ops ${bad?.command} ended with exit ${bad?.exit}.`;
      const suggestions = [`See what it printed: om-ops maintain show ${ran.run}`];
      this.fail(new OpsError('E_TASK_FAILED', sentence, { suggestions }), result);
    }
    this.endAs(
      exitOfRuns([ran.exit]),
      ran.exit === 6
        ? `${ran.title}: what was looked at is not healthy.`
        : `${ran.title}: something was left out.`,
      [`See what it printed: om-ops maintain show ${ran.run}`],
      result,
    );
  }

  protected override text(result: R | MaintainRunResult): string {
    return maintainRunText(result as MaintainRunResult);
  }
}
