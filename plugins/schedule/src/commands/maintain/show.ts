import { join } from 'node:path';
import { Args, lastLines, OpsError, readStepRunOf, type StepRecord } from '@om-ops/kit';
import type { History, TaskRun } from '../../ledger/history.ts';
import { listedRun } from '../../list.ts';
import { findRequest, requestState } from '../../requests.ts';
import { ScheduleCommand } from '../../schedule-command.ts';
import { type ShownStep, type ShowResult, showText } from '../../view/show.ts';

const lines = 200;

export default class MaintainShow extends ScheduleCommand<typeof MaintainShow, ShowResult> {
  static override summary = 'Show one run: its commands, how long each took, what they printed.';
  static override description =
    'ID is a run as `maintain status` names it, the ID of a planned run, or a task, whose newest run it is then. Of each command the last 200 lines are shown; all of it is in STATE/schedule/runs.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> backup-maintenance',
    '<%= config.bin %> <%= command.id %> m-k3f9a',
  ];
  static override record = 'none' as const;
  static override args = {
    id: Args.string({ description: 'A run, a planned run, or a task.', required: true }),
  };

  protected override async perform(): Promise<ShowResult> {
    const { now, folders, operation } = this;
    const history = await this.history();
    const request = findRequest(history, this.args.id);
    const planned =
      request === undefined
        ? null
        : {
            id: request.id,
            task: request.task,
            due: request.due,
            note: request.note,
            by: request.by,
            state: requestState(request),
            why: request.missed,
          };
    const run = request === undefined ? this.#run(history) : request.run;
    if (run === null) return { request: planned, run: null, steps: [], folder: null };
    const folder = join(folders.runs, run.run);
    const found = await readStepRunOf(folders.runs, run.run);
    if (found === undefined)
      operation.warn(`What it printed is not kept any more: only the newest runs of a task are.`);
    for (const problem of found?.problems ?? []) operation.warn(problem);
    const steps: ShownStep[] = [];
    for (const step of found?.steps ?? []) steps.push(await this.#shown(step, folder));
    for (const step of found?.unfinished ?? [])
      steps.push(
        await this.#shown({ ...step, output: { file: step.file, lines: 0, cut: false } }, folder),
      );
    return { request: planned, run: listedRun(run, now), steps, folder };
  }

  /** @throws OpsError E_NO_RUN (exit 2) */
  #run(history: History): TaskRun {
    const { id } = this.args;
    const task = id.toLowerCase().replaceAll('_', '-');
    const run = history.runs.find((one) => one.run === id) ?? history.runsOf(task).at(-1);
    if (run !== undefined) return run;
    throw new OpsError(
      'E_NO_RUN',
      `There is no run, planned run or task that has run under \`${id}\`.`,
      {
        exit: 'usage',
        suggestions: ['See which there are: om-ops maintain status'],
      },
    );
  }

  async #shown(
    step: Partial<StepRecord> & Pick<StepRecord, 'title' | 'startedAt'>,
    folder: string,
  ): Promise<ShownStep> {
    const { title, startedAt, seconds, outcome, exitCode, notes = [], error, output } = step;
    const redact = this.operation.redactor;
    const { signal } = this.operation;
    return {
      title,
      startedAt,
      seconds: seconds ?? null,
      outcome: outcome ?? 'running',
      exit: exitCode ?? null,
      notes: [...notes, ...(error === undefined ? [] : [error.message])],
      output:
        output === undefined
          ? []
          : await lastLines(join(folder, output.file), lines, { redact, signal }).catch(() => []),
      file: output === undefined ? null : join(folder, output.file),
    };
  }

  protected override text(result: ShowResult): string {
    return showText(result, this.now);
  }
}
