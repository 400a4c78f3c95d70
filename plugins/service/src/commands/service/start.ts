import { orderFlags, ServiceOrder, settleFlag } from '../../order-command.ts';

export default class ServiceStart extends ServiceOrder<typeof ServiceStart> {
  static override summary = 'Start services, what they need first, and wait until they are up.';
  static override description =
    'In the order of `after`; what runs already is left alone, and what is needed and does not run is started first. Up is: one main process that has stayed for --settle, and `ready` of the profile answers. What does not come up is exit 1, with its exit status and what it printed last; nothing is begun after that.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --all',
    '<%= config.bin %> <%= command.id %> backend --timeout 2m',
  ];
  static override flags = { ...orderFlags, ...settleFlag };

  protected override readonly order = 'start';
}
