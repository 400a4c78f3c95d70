import { OrderCommand } from '../../order.ts';

export default class Pm2Stop extends OrderCommand<typeof Pm2Stop> {
  static override summary = 'Stop the backend, and wait until it has ended.';
  static override description =
    'PM2 keeps it, and pm2 start brings it back. What was saved for the next boot stays as it is.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override readonly order = 'stop';
}
