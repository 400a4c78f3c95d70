import { knownSections, loadPlugins, OpsCommand, workingFolder } from '@om-ops/kit';
import { locateProfile, profileError, readProfile } from '@om-ops/kit/site';
import { plural } from '@om-ops/kit/text';
import { checkProfile, loadSections } from '../../profile.ts';

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
    const loaded = await loadPlugins(this.config);
    for (const problem of loaded.problems) this.operation.warn(problem);
    const document = await readProfile(file);
    const sections = await loadSections(loaded);
    const known = knownSections(this.config);
    const { problems, unchecked } = await checkProfile(document, sections, known);
    for (const { section, plugin } of unchecked) {
      this.operation.warn(
        `The section \`${section}\` was not checked: its plugin is not installed: om-ops plugins install ${plugin}`,
      );
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
