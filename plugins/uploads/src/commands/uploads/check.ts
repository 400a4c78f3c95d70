import { OpsCommand, OpsError } from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import { type CheckResult, checkFolders } from '../../check.ts';
import { nginxFiles } from '../../nginx-files.ts';
import { accountOfProfile, findServiceUser } from '../../service-user.ts';
import { uploadsSection } from '../../site.ts';
import { checkText } from '../../view/check.ts';

export default class UploadsCheck extends OpsCommand<typeof UploadsCheck, CheckResult> {
  static override summary = 'Check whether the application can write its uploads.';
  static override description =
    'Looks at every upload folder of the profile and tries, as the user the application runs as and with its groups, whether a file could be written there; names what blocks the way. Leaves nothing behind. Exit 6 when a folder is not as it should be.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    'sudo <%= config.bin %> <%= command.id %> --json',
  ];
  static override record = 'audit' as const;

  protected override async perform(): Promise<CheckResult> {
    const section = await this.site.section(uploadsSection);
    const { signal } = this.operation;
    const user = await findServiceUser({
      site: this.site,
      section,
      signal,
      service: () => this.abilities.service('backend'),
      nginxFiles: await nginxFiles(this.abilities),
    });
    const owner =
      section.owner === 'auto' ? undefined : await accountOfProfile(section.owner, signal);
    const check = (as: typeof user | undefined) =>
      checkFolders({
        site: this.site,
        section,
        user: as,
        ...(owner === undefined ? {} : { owner }),
        signal,
      });
    const named = { name: user.name, from: user.from };
    const uid = process.geteuid?.();
    if (uid !== 0 && uid !== user.uid) {
      const error = new OpsError(
        'E_PERMISSION',
        `Whether ${user.name} can write there was not tried: only root may act as another user.`,
        { exit: 'requirement', suggestions: [`Run the command with sudo, or as ${user.name}.`] },
      );
      this.fail(error, { user: named, dirs: await check(undefined) });
    }
    const dirs = await check(user);
    const bad = dirs.filter(({ problems }) => problems.length > 0);
    if (bad.length > 0) {
      this.unhealthy(
        'E_UPLOADS',
        `${plural(bad.length, 'upload folder')} of ${dirs.length} ${bad.length === 1 ? 'is' : 'are'} not as ${bad.length === 1 ? 'it' : 'they'} should be.`,
        ['See what would be mended: om-ops uploads fix --dry-run'],
      );
    }
    return { user: named, dirs };
  }

  protected override text(result: CheckResult): string {
    return checkText(result);
  }
}
