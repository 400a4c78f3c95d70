import { StatusCommand, statusFlags } from '../../status-command.ts';

export default class HealthStatus extends StatusCommand<typeof HealthStatus> {
  static override summary = 'Show how the site was when it was last looked at.';
  static override description =
    'What the last pass saw and how old that is, without looking again. Exit 6 when something is critical, 7 when it is unknown: also when nobody has looked, or what was seen is older than three intervals.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --detailed --json',
  ];
  static override record = 'none' as const;
  static override flags = statusFlags;
}
