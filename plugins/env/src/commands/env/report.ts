import { OpsCommand } from '@om-ops/kit';
import { type KeysResult, shownKeys } from '../../keys.ts';
import { envSection } from '../../site.ts';
import { mostFiles } from '../../uses/source-files.ts';
import { keysText } from '../../view/keys.ts';

export default class EnvReport extends OpsCommand<typeof EnvReport, KeysResult> {
  static override summary = 'List every variable: where it is set, and which code reads it.';
  static override description =
    'Made from the env files, the example, the profile, and the source files below root (JavaScript, TypeScript, Python, Ruby, PHP, Go and others, compose files and shell scripts): what is set and read by nobody, what is read and set by nobody. No value is printed.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  protected override async perform(): Promise<KeysResult> {
    const section = await this.site.section(envSection);
    const { cut, unreadable, ...result } = await this.runTask({
      title: 'Variables and who reads them',
      run: ({ signal }) => shownKeys(this.site, section, { uses: true, signal }),
    });
    for (const path of unreadable) this.incomplete(`${path} could not be read.`);
    if (cut) this.incomplete(`Only ${mostFiles} source files were read.`);
    return result;
  }

  protected override text(result: KeysResult): string {
    return keysText(result, this.site.root);
  }
}
