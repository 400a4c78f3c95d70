import { orderFlags, ServiceOrder, settleFlag } from '../../order-command.ts';

export default class ServiceReload extends ServiceOrder<typeof ServiceReload> {
  static override summary = 'Let services read their configuration anew, without a new process.';
  static override description =
    'Only what its manager can reload: a unit with ExecReload. Done when the same main process has stayed for --settle, and `ready` of the profile answers.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> nginx',
    '<%= config.bin %> <%= command.id %> nginx --dry-run',
  ];
  static override flags = { ...orderFlags, ...settleFlag };

  protected override readonly order = 'reload';
}
