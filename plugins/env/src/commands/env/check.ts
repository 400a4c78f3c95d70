import { Args, Flags, OpsCommand, resolveFrom, workingFolder } from '@om-ops/kit';
import { type CheckResult, checkEnvFiles, problemOf } from '../../check.ts';
import { envSection } from '../../site.ts';
import { checkText } from '../../view/findings.ts';

export default class EnvCheck extends OpsCommand<typeof EnvCheck, CheckResult> {
  static override summary = 'Prove the env files: keys, secrets, permissions, git.';
  static override description =
    'Looks for keys that are missing, empty, weak, reused or placeholders, integrations set by half, values that disagree, files that others can read, that git tracks or has in its history, that get into an image, and copies beside them. Never prints a value. Exit 6 when something is wrong, 7 when something could not be looked at.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> server/.env.production --notes',
  ];
  static override record = 'audit' as const;
  static override args = {
    file: Args.string({
      description: 'Env files to look at instead of those of the profile.',
      multiple: true,
    }),
  };
  static override flags = {
    notes: Flags.boolean({ summary: 'Also what is worth knowing and no fault.', default: false }),
  };

  protected override async perform(): Promise<CheckResult> {
    const section = await this.site.section(envSection);
    const given = (this.args.file as string[] | undefined) ?? [];
    const result = await this.runTask({
      title: 'Env files',
      run: ({ signal }) =>
        checkEnvFiles(this.site, section, {
          given: given.map((path) => resolveFrom(workingFolder(), path)),
          signal,
        }),
    });
    if (result.counts.unknown > 0) this.incomplete('Some of it could not be looked at, as named.');
    const problem = problemOf(result.counts);
    if (problem !== undefined)
      this.unhealthy('E_ENV', problem, ['Each line above says what mends it.']);
    return result;
  }

  protected override text(result: CheckResult): string {
    return checkText(result, this.flags.notes);
  }
}
