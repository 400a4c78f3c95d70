import { confirmFlag } from '@om-ops/kit';
import { orderFlags, ServiceOrder } from '../../order-command.ts';

export default class ServiceStop extends ServiceOrder<typeof ServiceStop> {
  static override summary = 'Stop services, and wait until they have ended.';
  static override description =
    'Those that need others before these. What needs a stopped one and was not named runs on, and is named. One that the profile marks critical wants YES APPLY. Nothing is ever ended by a part of its name.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> celery',
    '<%= config.bin %> <%= command.id %> backend --dry-run',
  ];
  static override flags = { ...orderFlags, ...confirmFlag };

  protected override readonly order = 'stop';
}
