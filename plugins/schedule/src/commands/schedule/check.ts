import { cronRuns } from '../../install/daemon.ts';
import { installedAt, type Method } from '../../install/place.ts';
import { type ListedTick, listedTick } from '../../list.ts';
import { type Overdue, overdueTasks } from '../../overdue.ts';
import { ScheduleCommand } from '../../schedule-command.ts';
import { tickText } from '../../view/list.ts';
import { momentText } from '../../view/when.ts';

interface CheckResult {
  alive: boolean;
  tick: ListedTick;
  installed: Method[];
  /** Whether a cron daemon is seen among the processes. */
  cronRuns: boolean;
  /** Should have begun and did not. */
  overdue: Overdue[];
}

export default class ScheduleCheck extends ScheduleCommand<typeof ScheduleCheck, CheckResult> {
  static override summary = 'Say whether the tick comes, and whether what is due has begun.';
  static override description =
    'Exits 6 when the last tick is older than three minutes, or a task should have begun more than ten minutes ago and did not.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<CheckResult> {
    const { now, operation } = this;
    const { tick, warning } = listedTick(this.folders, now);
    if (warning !== null) operation.warn(warning);
    const installed = await installedAt(
      { name: this.installationName, env: process.env },
      operation.signal,
      (message) => operation.warn(message),
    );
    const { tasks } = await this.tasks();
    const overdue = overdueTasks(tasks, await this.history(), now);
    const result = { alive: tick.alive, tick, installed, cronRuns: cronRuns(), overdue };
    if (!tick.alive) {
      this.unhealthy('E_NO_TICK', 'The tick does not come, so nothing runs by itself.', [
        ...this.#advice(result),
      ]);
    } else if (overdue.length > 0) {
      const names = overdue.map(({ task }) => task).join(', ');
      this.unhealthy('E_OVERDUE', `The tick comes, and has not begun what is due: ${names}.`, [
        'See what it says: om-ops schedule tick',
      ]);
    }
    return result;
  }

  #advice({ installed, cronRuns: runs }: CheckResult): string[] {
    if (installed.length === 0) return ['Install it: om-ops schedule install'];
    if (installed.includes('systemd'))
      return ['See what systemd says: systemctl list-timers "om-ops-schedule-*"'];
    return runs
      ? [
          'See what the tick says by hand: om-ops schedule tick',
          'See whether cron calls it: sudo journalctl -u cron --since -10min',
        ]
      : ['No cron daemon is running; start it: sudo systemctl enable --now cron'];
  }

  protected override text({ tick, installed, overdue }: CheckResult): string {
    const { now } = this;
    const by = installed.map((method) => (method === 'cron' ? 'the crontab' : 'a systemd timer'));
    return [
      tickText(tick, now),
      by.length === 0
        ? 'It is in no crontab of this user and no timer of om-ops.'
        : `It is called by ${by.join(' and ')}.`,
      ...overdue.map(({ task, due }) => `${task} should have begun at ${momentText(due, now)}.`),
    ].join('\n');
  }
}
