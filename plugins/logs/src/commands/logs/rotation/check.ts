import { OpsCommand } from '@om-ops/kit';
import { installedRotation } from '../../../rotation/installed.ts';
import { logsSection } from '../../../site.ts';
import { chosenRules } from '../rotate.ts';

interface CheckResult {
  path: string;
  /** Whether the file is there and holds what the profile says. */
  isCurrent: boolean;
  diff: string;
  /** Other files that rotate the same logs. */
  others: { path: string; log: string }[];
}

export default class LogsRotationCheck extends OpsCommand<typeof LogsRotationCheck, CheckResult> {
  static override summary = 'Compare the rotation of the system with the profile.';
  static override description =
    'Shows the difference, and other files of /etc/logrotate.d that rotate the same logs. Ends with 6 when there is either. Changes nothing.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<CheckResult> {
    const section = await this.site.section(logsSection);
    chosenRules(section);
    const { path, diff, others, present, empty } = await installedRotation(this.site, section);
    for (const { name, pattern } of empty)
      this.incomplete(`${name}: there is no file ${pattern}, so that there is no rule for it.`);
    const [twice] = others;
    if (twice !== undefined)
      this.unhealthy('E_ROTATED_TWICE', `${twice.log} is rotated by ${twice.path} as well.`, [
        'Take the log out of one of the two.',
      ]);
    else if (diff !== '')
      this.unhealthy(
        'E_ROTATION_DIFFERS',
        present === null ? `There is no ${path}.` : `${path} is not what the profile says.`,
        ['Write it: om-ops logs rotation apply'],
      );
    return { path, isCurrent: diff === '', diff, others };
  }

  protected override text({ path, isCurrent, diff }: CheckResult): string {
    return isCurrent ? `${path} is what the profile says.` : diff.trimEnd();
  }
}
