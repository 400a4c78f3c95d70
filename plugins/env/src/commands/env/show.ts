import { OpsCommand } from '@om-ops/kit';
import { type KeysResult, shownKeys } from '../../keys.ts';
import { envSection } from '../../site.ts';
import { keysText } from '../../view/keys.ts';

export default class EnvShow extends OpsCommand<typeof EnvShow, KeysResult> {
  static override summary = 'List the variables of the env files, without their values.';
  static override description =
    'Each variable with where it is set, whether it is a secret, and how long its value is, roughly. No value is printed, in the text as in the JSON.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<KeysResult> {
    const section = await this.site.section(envSection);
    const { signal } = this.operation;
    const {
      cut: _,
      unreadable,
      ...result
    } = await shownKeys(this.site, section, { uses: false, signal });
    for (const path of unreadable) this.incomplete(`${path} could not be read.`);
    return result;
  }

  protected override text(result: KeysResult): string {
    return keysText(result, this.site.root);
  }
}
