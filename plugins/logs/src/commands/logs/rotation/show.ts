import { OpsCommand } from '@om-ops/kit';
import { installedRotation } from '../../../rotation/installed.ts';
import { logsSection } from '../../../site.ts';
import { chosenRules } from '../rotate.ts';

interface ShowResult {
  path: string;
  config: string;
}

export default class LogsRotationShow extends OpsCommand<typeof LogsRotationShow, ShowResult> {
  static override summary = 'Show what logrotate is told by the profile.';
  static override description =
    'The file that `logs rotation apply` would put where the logrotate of the system reads it every day. Changes nothing.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<ShowResult> {
    const section = await this.site.section(logsSection);
    chosenRules(section);
    const { path, wanted, empty } = await installedRotation(this.site, section);
    for (const { name, pattern } of empty)
      this.incomplete(`${name}: there is no file ${pattern}, so that there is no rule for it.`);
    return { path, config: wanted };
  }

  protected override text({ config }: ShowResult): string {
    return config.trimEnd();
  }
}
