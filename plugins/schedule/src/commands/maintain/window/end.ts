import {
  Args,
  appendJsonLines,
  dryRunFlag,
  isoWithOffset,
  type MaintenanceWindowLine,
  maintenanceWindowsPath,
  OpsError,
  openMaintenanceWindows,
  userName,
} from '@om-ops/kit';
import { ScheduleCommand } from '../../../schedule-command.ts';

interface EndResult {
  dryRun: boolean;
  /** None: there was no window open. */
  ended: { id: string; startedAt: string; reason: string | null }[];
}

export default class MaintainWindowEnd extends ScheduleCommand<
  typeof MaintainWindowEnd,
  EndResult
> {
  static override summary = 'Say that the work is done.';
  static override description =
    'Ends every window that is open, or the one named. What is still not well is told from now on.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> w-3',
  ];
  static override record = 'audit' as const;
  static override args = { id: Args.string({ description: 'Only this window.' }) };
  static override flags = { ...dryRunFlag };

  protected override async perform(): Promise<EndResult> {
    const { dryRun, now } = this;
    const { state } = this.site;
    const open = await openMaintenanceWindows(state, now);
    const { id: wanted } = this.args;
    const chosen = open.filter(({ id }) => wanted === undefined || id === wanted);
    if (wanted !== undefined && chosen.length === 0) {
      throw new OpsError('E_NO_WINDOW', `No maintenance window \`${wanted}\` is open.`, {
        exit: 'usage',
        suggestions: ['See which there are: om-ops maintain window list'],
      });
    }
    if (!dryRun && chosen.length > 0) {
      const path = maintenanceWindowsPath(state);
      const by = userName();
      const lines = chosen.map(
        ({ id }): MaintenanceWindowLine => ({ id, endedAt: isoWithOffset(now), by }),
      );
      await appendJsonLines(path, lines);
      this.operation.touch(path);
    }
    return {
      dryRun,
      ended: chosen.map(({ id, startedAt, reason }) => ({ id, startedAt, reason })),
    };
  }

  protected override text({ dryRun, ended }: EndResult): string {
    if (ended.length === 0) return 'No maintenance window is open.';
    const names = ended.map(({ id }) => id).join(', ');
    return dryRun
      ? `Would end ${names}.\nNothing was changed: this was a dry run.`
      : `Ended: ${names}.`;
  }
}
