import { Flags } from '@om-ops/kit';
import { RebuildCommand, rebuildFlags } from '../../rebuild-command.ts';

export default class BuildBackend extends RebuildCommand<typeof BuildBackend> {
  static override summary = 'Build the backend anew, with a way back.';
  static override description =
    `Installs the packages where the lock file differs from what is installed, runs the first of the scripts build:all,
build:deploy and build, proves that dist is whole, restarts the app and waits until it is healthy. What is replaced, dist, node_modules and
lock files, is kept beside and put back when anything of that fails or is interrupted: exit 1 then, with the last lines of the app; what did not work
is kept in the record of the run. With build.out in the site profile the build writes beside dist, and a broken one never touches the
site. Runs on the Node that PATH finds, never on om-ops' own.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --confirm "YES APPLY"',
    '<%= config.bin %> <%= command.id %> --if-changed --confirm "YES APPLY"',
    '<%= config.bin %> <%= command.id %> --put-back --confirm "YES APPLY"',
  ];
  static override record = 'audit' as const;
  static override flags = {
    ...rebuildFlags,
    restart: Flags.boolean({
      summary: 'Restart the app; --no-restart leaves it on the old code.',
      default: true,
      allowNo: true,
    }),
  };

  protected override readonly part = 'backend';

  protected override get restarts(): boolean {
    return this.flags.restart;
  }
}
