import { OrderCommand } from '../../order.ts';

export default class Pm2Reset extends OrderCommand<typeof Pm2Reset> {
  static override summary = 'Count the restarts of the backend from 0.';
  static override description =
    'The counter and nothing else: the app goes on running. Other than the original it never deletes the app and starts it anew; that is what pm2 setup does where the definition differs.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override readonly order = 'reset';
}
