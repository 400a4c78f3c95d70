import { type GuardedResult, isoWithOffset, userName } from '@om-ops/kit';
import { cronPlace, installedAt, type Method, systemdPlace } from '../../install/place.ts';
import {
  InstallationCommand,
  type InstallationResult,
  installationFlags,
  installationText,
} from '../../installation.ts';
import type { LedgerLine } from '../../ledger/line.ts';

export default class ScheduleRemove extends InstallationCommand<typeof ScheduleRemove> {
  static override summary = 'Take out whatever has the tick called.';
  static override description =
    'Shows the difference first and asks. Takes out the lines that `schedule install` has put into the crontab, or the timer and the service, whole, and leaves every other line as it is. What was confirmed with the installation is not any more. The record of runs stays.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --confirm "YES APPLY"',
  ];
  static override record = 'audit' as const;
  static override flags = { ...installationFlags };

  protected override async perform(): Promise<InstallationResult> {
    const { operation, dryRun } = this;
    const { signal } = operation;
    const context = this.placeContext;
    const how: Method[] = await installedAt(context, signal, (message) => this.incomplete(message));
    const history = await this.history();
    const at = isoWithOffset(this.now);
    const removed: LedgerLine = { state: 'removed', at, by: userName() };
    return this.change(
      async () => [
        ...(how.includes('cron') ? [await cronPlace('gone', this.cronUser, context, signal)] : []),
        ...(how.includes('systemd') ? [systemdPlace('gone', context)] : []),
      ],
      {
        question: () => `Nothing of ${this.site.site} will run by itself any more.`,
        more: async () => ({
          changes: [],
          lines: [removed],
          back: history.installed === null ? [] : [history.installed],
        }),
        result: (done: GuardedResult): InstallationResult => ({
          ...done,
          dryRun,
          how,
          tasks: [],
          confirmed: [],
        }),
      },
    );
  }

  protected override text(result: InstallationResult): string {
    return installationText(result, 'remove');
  }
}
