import { availableParallelism } from 'node:os';
import {
  currentTime,
  dryRunFlag,
  Flags,
  internalError,
  interrupted,
  isOpsError,
  isoWithOffset,
  OpsError,
  parseDuration,
  siteTimeZone,
  userName,
} from '@om-ops/kit';
import { keepQuietTick, seenFile } from '@om-ops/kit/quiet-tick';
import { decidingFiles, quietUntil } from '../../quiet.ts';
import { noteTick } from '../../run/heartbeat.ts';
import { nextRun } from '../../run/next.ts';
import { notConfirmed } from '../../run/run-task.ts';
import { tick } from '../../run/tick.ts';
import { ScheduleCommand } from '../../schedule-command.ts';
import type { Step } from '../../task/task.ts';
import { type TickReport, tickText } from '../../view/tick.ts';

/** After a night without ticks all that is daily is due at once. */
const atOnce = Math.max(2, availableParallelism());

export default class ScheduleTick extends ScheduleCommand<typeof ScheduleTick, TickReport> {
  static override summary = 'Run what is due; what cron or a timer calls each minute.';
  static override description =
    'Each task runs once in its period (a day, an ISO week, a month, an interval), under a lock, as many at once as there are cores. The newest period that was missed is made up for once, and older ones are noted down as missed. A run whose process was killed is begun once more. Guarded commands run as far as they were confirmed when the schedule was installed. Exits 1 when a task failed; one that found something unhealthy, or left something out, did what it should, and its exit code stands in the result. When nothing is due this costs little more than starting Node. OM_OPS_NOW (ISO 8601) gives the clock, for tests.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --quiet',
  ];
  // Becomes `log` once there is something to tell: a tick a minute would be all that the log holds.
  static override record = 'none' as const;
  static override flags = {
    detach: Flags.boolean({
      summary:
        'Return at once, and run what is due behind: for timers that wait for their service.',
      default: false,
    }),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<TickReport> {
    const { site, operation, dryRun } = this;
    const files = decidingFiles(this.folders, site.located, this.config);
    const profile = files.slice(1).map(seenFile);
    const { tasks, whole } = await this.tasks();
    const { jitter } = await this.section();
    if (!dryRun)
      noteTick(
        this.folders,
        { zone: siteTimeZone(), by: userName(), version: this.config.version },
        this.now,
      );
    const confirmed = new Set((await this.history()).installed?.guarded ?? []);
    const { result: done, errors } = await tick(tasks, {
      ...(await this.runContext((step: Step) => confirmed.has(JSON.stringify(step.argv)))),
      // Who looks on is not to wait for what keeps servers apart.
      jitterMs: process.stderr.isTTY ? 0 : parseDuration(jitter),
      dryRun,
      all: (runs) =>
        runs.length === 0
          ? Promise.resolve([])
          : this.runTasks([{ title: 'Run what is due', tasks: runs, concurrent: atOnce }], {
              continueOnError: true,
            }),
    });
    const told = [done.ran, done.notBegun, done.missed, done.cutOff];
    if (!dryRun && told.some((one) => one.length > 0)) operation.record = 'log';
    for (const { run } of done.ran) operation.touch(`${this.folders.runs}/${run}`);
    const now = currentTime();
    const [ledger = ''] = files;
    const seen = [seenFile(ledger), ...profile];
    const history = await this.history();
    const next = nextRun(tasks, history, now);
    const paused = history.pausedUntil(null, now);
    const report: TickReport = {
      dryRun,
      now: isoWithOffset(now),
      ...done,
      next: next === null ? null : { task: next.task, at: isoWithOffset(next.at) },
      pausedUntil: paused === null ? null : isoWithOffset(paused),
    };
    if (whole && !dryRun) {
      const quiet = quietUntil(tasks, history, { tick: this.folders.tick, files: seen, now });
      if (quiet !== undefined)
        keepQuietTick((this.flags as { site?: string }).site, quiet, { root: this.config.root });
    }
    this.#judge(report, errors);
    return report;
  }

  #judge(report: TickReport, errors: readonly unknown[]): void {
    const [error] = errors;
    if (this.operation.signal.aborted) this.fail(interrupted('what was running was ended'), report);
    if (error !== undefined) this.fail(isOpsError(error) ? error : internalError(error), report);
    const failed = report.ran.filter(({ outcome }) => outcome === 'failed');
    if (failed.length > 0) {
      const names = failed.map(({ task, exit }) => `${task} (exit ${exit})`).join(', ');
      const suggestions = failed.map(
        ({ run }) => `See what it printed: om-ops maintain show ${run}`,
      );
      this.fail(new OpsError('E_TASK_FAILED', `Failed: ${names}.`, { suggestions }), report);
    }
    for (const { command, why } of report.ran.flatMap(({ steps }) => steps))
      if (why === notConfirmed)
        this.incomplete(`om-ops ${command} was passed over, because ${notConfirmed}.`);
  }

  protected override text(report: TickReport): string {
    const { quiet } = this.flags as { quiet?: boolean };
    const isSilent =
      quiet === true &&
      report.notBegun.length === 0 &&
      report.ran.every(({ outcome }) => outcome !== 'failed');
    return isSilent ? '' : tickText(report);
  }
}
