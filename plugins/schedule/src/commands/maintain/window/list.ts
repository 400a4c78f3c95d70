import {
  isoWithOffset,
  type MaintenanceWindow,
  maintenanceWindowEnd,
  readMaintenanceWindows,
} from '@om-ops/kit';
import { formatTable, printableName } from '@om-ops/kit/text';
import { ScheduleCommand } from '../../../schedule-command.ts';
import { momentText } from '../../../view/when.ts';

interface ListedWindow extends MaintenanceWindow {
  open: boolean;
}

interface WindowsResult {
  now: string;
  /** The newest first. */
  windows: ListedWindow[];
}

const shown = 20;

export default class MaintainWindowList extends ScheduleCommand<
  typeof MaintainWindowList,
  WindowsResult
> {
  static override summary = 'List the maintenance windows, those that are open first.';
  static override description = 'The newest 20.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override record = 'none' as const;

  protected override async perform(): Promise<WindowsResult> {
    const { now } = this;
    const windows = (await readMaintenanceWindows(this.site.state)).map(
      (window): ListedWindow => ({
        ...window,
        open: new Date(window.startedAt) <= now && now < maintenanceWindowEnd(window),
      }),
    );
    const newest = windows
      .reverse()
      .toSorted((one, other) => Number(other.open) - Number(one.open));
    return { now: isoWithOffset(now), windows: newest.slice(0, shown) };
  }

  protected override text({ windows }: WindowsResult): string {
    if (windows.length === 0) return 'There was no maintenance window yet.';
    const { now } = this;
    return formatTable<ListedWindow>(
      [
        { head: 'Window', cell: ({ id }) => printableName(id) },
        { head: 'From', cell: ({ startedAt }) => momentText(startedAt, now) },
        {
          head: 'To',
          cell: (window) =>
            `${momentText(maintenanceWindowEnd(window), now)}${window.open ? ' (open)' : ''}`,
        },
        { head: 'By', cell: ({ by }) => printableName(by) },
        { head: 'Reason', cell: ({ reason }) => printableName(reason ?? '–') },
      ],
      windows,
    );
  }
}
