import { StatusCommand, statusFlags } from '../status-command.ts';

export default class Status extends StatusCommand<typeof Status> {
  static override summary = 'Show how the site was when it was last looked at.';
  static override description =
    'The same as `health status`: what the last pass saw and how old that is, without looking again. Exit 6 when something is critical, 7 when it is unknown: also when what was seen is older than three intervals.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --detailed',
  ];
  static override record = 'none' as const;
  static override flags = statusFlags;
}
