import { RebuildCommand, rebuildFlags } from '../../rebuild-command.ts';

export default class BuildFrontend extends RebuildCommand<typeof BuildFrontend> {
  static override summary = 'Build the front end anew, with a way back.';
  static override description =
    `Installs the packages where the lock file differs from what is installed, runs the script build, and proves that dist
is whole. What is replaced is kept beside and put back when anything of that fails or is interrupted. Chunks, styles and pictures of the builds before
whose names hold a hash stay for a week: pages that are open ask for them. With build.out in the site profile the build writes beside
dist, which is then exchanged in one move.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --if-changed --confirm "YES APPLY"',
  ];
  static override record = 'audit' as const;
  static override flags = rebuildFlags;

  protected override readonly part = 'frontend';
  protected override readonly restarts = false;
}
