import { confirmFlag } from '@om-ops/kit';
import { orderFlags, ServiceOrder, settleFlag } from '../../order-command.ts';

export default class ServiceRestart extends ServiceOrder<typeof ServiceRestart> {
  static override summary = 'Restart services one after the other, and wait until each is up.';
  static override description =
    'In the order of `after`. Up is: a new main process that has stayed for --settle, and `ready` of the profile answers; one that systemd calls active while it crashes is not up. What does not come up is exit 1, with its exit status and what it printed last; nothing is begun after that. One that the profile marks critical wants YES APPLY.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> backend celery',
    '<%= config.bin %> <%= command.id %> postgres --confirm "YES APPLY"',
  ];
  static override flags = { ...orderFlags, ...settleFlag, ...confirmFlag };

  protected override readonly order = 'restart';
}
