import { Flags, userName } from '@om-ops/kit';
import { crontabBlock } from '../../install/crontab.ts';
import { pm2App } from '../../install/pm2.ts';
import { unitFiles, unitsOf } from '../../install/systemd.ts';
import { shellLine } from '../../install/tick-command.ts';
import { ScheduleCommand } from '../../schedule-command.ts';

interface PrintResult {
  how: 'cron' | 'systemd' | 'pm2';
  /** `where` is a path, or what it is to be put into. */
  files: { where: string; text: string }[];
}

export default class SchedulePrint extends ScheduleCommand<typeof SchedulePrint, PrintResult> {
  static override summary = 'Print what has the tick called each minute, and change nothing.';
  static override description =
    'The lines for a crontab, the units for systemd, or an app for PM2. `schedule install` puts the first two in their place.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --systemd',
    '<%= config.bin %> <%= command.id %> --pm2 > om-ops-schedule.config.js',
  ];
  static override record = 'none' as const;
  static override flags = {
    cron: Flags.boolean({ summary: 'For a crontab (the default).', exclusive: ['systemd', 'pm2'] }),
    systemd: Flags.boolean({ summary: 'A timer and a service.', exclusive: ['cron', 'pm2'] }),
    pm2: Flags.boolean({ summary: 'An app of PM2.', exclusive: ['cron', 'systemd'] }),
  };

  protected override async perform(): Promise<PrintResult> {
    const { site } = this.site;
    const name = this.installationName;
    const tick = this.tickCommand();
    if (this.flags.pm2)
      return { how: 'pm2', files: [{ where: 'om-ops-schedule.config.js', text: pm2App(tick) }] };
    if (this.flags.systemd) {
      const units = unitsOf(name, process.env);
      const files = Object.entries(unitFiles(units, { name, site, tick }));
      return {
        how: 'systemd',
        files: files.map(([file, text]) => ({ where: `${units.folder}/${file}`, text })),
      };
    }
    const text = crontabBlock(name, site, shellLine(tick));
    return { how: 'cron', files: [{ where: `the crontab of ${userName()}`, text }] };
  }

  protected override text({ how, files }: PrintResult): string {
    return how === 'systemd'
      ? files.map(({ where, text }) => `# ${where}\n${text}`).join('\n')
      : files.map(({ text }) => text).join('');
  }
}
