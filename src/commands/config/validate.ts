import { OpsCommand, workingFolder } from '@om-ops/kit';
import { locateProfile, profileError, readProfile } from '@om-ops/kit/site';
import { plural } from '@om-ops/kit/text';
import { loadContributions, loadSections } from '../../contributions.ts';
import { checkProfile } from '../../profile.ts';

interface ValidateResult {
  file: string | null;
  valid: boolean;
  problems: { file: string; line: number; key: string; message: string }[];
}

export default class ConfigValidate extends OpsCommand<typeof ConfigValidate, ValidateResult> {
  static override summary = 'Check the site profile.';
  static override description =
    'Checks every key against the sections of the core and of the installed plugins, and names the file, the line, the key and what was expected. Exits 2 if something is wrong.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --site ./om-ops.yaml --json',
  ];
  static override record = 'none' as const;
  static override needsSite = false;

  protected override async perform(): Promise<ValidateResult> {
    const { file } = locateProfile({
      flag: this.flags.site,
      env: process.env,
      cwd: workingFolder(),
    });
    if (file === undefined) return { file: null, valid: true, problems: [] };
    const contributions = await loadContributions(this.config);
    for (const problem of contributions.problems) this.operation.warn(problem);
    const document = await readProfile(file);
    const { problems, unchecked } = await checkProfile(document, await loadSections(contributions));
    for (const key of unchecked) {
      this.operation.warn(`The section \`${key}\` was not checked: its plugin is not installed.`);
    }
    const result = { file, valid: problems.length === 0, problems };
    if (problems.length > 0) this.fail(profileError(problems), result);
    return result;
  }

  protected override text({ file, problems }: ValidateResult): string {
    if (file === null) return 'There is no site profile; the built-in defaults are used.';
    return problems.length === 0
      ? `${file} is valid.`
      : `${file}: ${plural(problems.length, 'problem')}`;
  }
}
