import { dirname } from 'node:path';
import {
  appendJsonLine,
  dryRunFlag,
  Flags,
  isoWithOffset,
  type MaintenanceWindowLine,
  maintenanceWindowsPath,
  makeStateFolder,
  readMaintenanceWindows,
  userName,
} from '@om-ops/kit';
import { ScheduleCommand } from '../../../schedule-command.ts';
import { momentText } from '../../../view/when.ts';
import { newWindowId } from '../../../windows.ts';

interface StartResult {
  dryRun: boolean;
  id: string | null;
  until: string;
  reason: string | null;
}

export default class MaintainWindowStart extends ScheduleCommand<
  typeof MaintainWindowStart,
  StartResult
> {
  static override summary = 'Say that work is under way.';
  static override description =
    'Until it ends, messages about what is not well are held, except those about the disk and lost data, and pages mark the time. It ends by itself; tasks go on running: `schedule pause` holds them.';
  static override examples = ['<%= config.bin %> <%= command.id %> --for 1h --reason "New disk"'];
  static override record = 'audit' as const;
  static override flags = {
    for: Flags.string({ summary: 'For how long: 30m, 2h.', helpValue: 'TIME', default: '30m' }),
    reason: Flags.string({ summary: 'What is being done.', helpValue: 'TEXT' }),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<StartResult> {
    const { dryRun, now, operation } = this;
    const { state } = this.site;
    const until = isoWithOffset(this.after(this.flags.for));
    const { reason: given } = this.flags;
    const reason = given === undefined ? null : operation.redactor.foreign(given);
    if (dryRun) return { dryRun, id: null, until, reason };
    const path = maintenanceWindowsPath(state);
    makeStateFolder(dirname(path));
    using _deciding = await this.deciding();
    const id = newWindowId(await readMaintenanceWindows(state));
    const line: MaintenanceWindowLine = {
      id,
      startedAt: isoWithOffset(now),
      until,
      reason,
      by: userName(),
    };
    await appendJsonLine(path, line);
    operation.touch(path);
    return { dryRun, id, until, reason };
  }

  protected override text({ dryRun, id, until }: StartResult): string {
    const end = momentText(until, this.now);
    return dryRun
      ? `Would begin a maintenance window until ${end}.\nNothing was changed: this was a dry run.`
      : `The maintenance window ${id} is open until ${end}. Earlier: om-ops maintain window end`;
  }
}
