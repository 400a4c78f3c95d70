import { OrderCommand } from '../../order.ts';

export default class Pm2Restart extends OrderCommand<typeof Pm2Restart> {
  static override summary = 'Restart the backend, and wait until it is up.';
  static override description =
    'Up is: the same processes for three seconds, and its port and health answering. One that does not come up is exit 1, with the last lines of its error log. The instances are restarted one after the other; in cluster mode the others answer meanwhile, and what an instance is answering when its turn comes is broken off, which PM2’s own reload does not do.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --dry-run',
  ];

  protected override readonly order = 'restart';
}
