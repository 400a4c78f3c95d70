import { Args, dryRunFlag, Flags, OpsCommand, OpsError } from '@om-ops/kit';
import { formatTable } from '@om-ops/kit/text';
import { rotationRules } from '../../rotation/rules.ts';
import { type RotatedFile, rotate } from '../../rotation/run.ts';
import { type LogsSection, logsSection } from '../../site.ts';

interface RotateResult {
  dryRun: boolean;
  files: RotatedFile[];
  /** Patterns of the profile that no file has. */
  empty: { name: string; pattern: string }[];
}

export default class LogsRotate extends OpsCommand<typeof LogsRotate, RotateResult> {
  static override summary = 'Rotate the logs of the profile, and prove that it was done.';
  static override description =
    'logrotate is the engine, with the rules of the profile (logs.rotation) and a state of its own below STATE/logs/rotate. A writer that can be told to takes up its file anew (PM2, nginx, a signal or a command of the profile); copytruncate, which may lose lines in the moment between, only where nothing else goes, and that is said. Ends with 7 when a file was passed over or is not there, and why: logrotate itself says so by no exit code.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> app --force',
  ];
  static override record = 'audit' as const;
  static override args = {
    names: Args.string({ multiple: true, description: 'Rules of the profile. Default: all.' }),
  };
  static override flags = {
    ...dryRunFlag,
    force: Flags.boolean({ summary: 'Also what is not due yet.', default: false }),
  };

  protected override async perform(): Promise<RotateResult> {
    const section = await this.site.section(logsSection);
    const names = chosenRules(section, this.args.names as string[] | undefined);
    if (!this.dryRun) await this.lock('logs');
    const { rules, empty } = rotationRules(this.site, section, names);
    for (const { name, pattern } of empty)
      this.incomplete(`${name}: there is no file ${pattern}, so that nothing of it was rotated.`);
    const { files, errors } =
      rules.length === 0
        ? { files: [], errors: [] }
        : await this.runTask({
            title: 'Rotate',
            run: (progress) =>
              rotate(
                {
                  site: this.site.site,
                  state: this.site.state,
                  rules,
                  force: this.flags.force,
                  dryRun: this.dryRun,
                },
                progress,
              ),
          });
    for (const { path, outcome, why } of files) {
      if (outcome === 'rotated') this.operation.touch(path);
      if (outcome === 'skipped' || outcome === 'failed')
        this.incomplete(`${path} was not rotated: ${why}.`);
    }
    for (const error of errors)
      if (!files.some(({ why }) => why === error)) this.incomplete(`logrotate says: ${error}`);
    const lossy = files.filter(({ method }) => method === 'copytruncate');
    if (lossy.length > 0 && !this.dryRun)
      this.operation.warn(
        `${lossy.map(({ path }) => path).join(', ')}: copied and cut off, since nothing says how the writer takes up a new file (logs.rotation.*.reopen); lines written in between are lost.`,
      );
    return { dryRun: this.dryRun, files, empty };
  }

  protected override text({ files }: RotateResult): string {
    if (files.length === 0) return 'There is nothing to rotate.';
    return formatTable<RotatedFile>(
      [
        { head: 'Log', cell: ({ path }) => path },
        { head: 'Outcome', cell: ({ outcome }) => outcome.replace('-', ' ') },
        { head: 'How', cell: ({ method }) => method },
        { head: 'Why', cell: ({ why }) => why ?? '' },
      ],
      files,
    );
  }
}

/** @throws OpsError E_NO_ROTATION (exit 5), E_USAGE (2) */
export function chosenRules(
  { rotation }: Pick<LogsSection, 'rotation'>,
  names: readonly string[] = Object.keys(rotation),
): string[] {
  if (Object.keys(rotation).length === 0)
    throw new OpsError('E_NO_ROTATION', 'The site profile says nothing of rotation.', {
      exit: 'requirement',
      suggestions: [
        'Say it: logs: {rotation: {app: {files: ["logs/*.log"], size: 50M, keep: 14}}}',
      ],
    });
  const unknown = names.find((name) => !(name in rotation));
  if (unknown === undefined) return [...names];
  throw new OpsError('E_USAGE', `The profile has no rotation ${unknown}.`, {
    exit: 'usage',
    suggestions: [`It has: ${Object.keys(rotation).join(', ')}`],
  });
}
