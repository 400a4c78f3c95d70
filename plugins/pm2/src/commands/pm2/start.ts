import { OrderCommand } from '../../order.ts';

export default class Pm2Start extends OrderCommand<typeof Pm2Start> {
  static override summary = 'Start the backend that PM2 has stopped, and wait until it is up.';
  static override description =
    'What runs already is left alone, and has to answer as well. What PM2 does not know yet is set up by pm2 setup.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override readonly order = 'start';
}
