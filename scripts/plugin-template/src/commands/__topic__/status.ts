import { OpsCommand } from '@om-ops/kit';
import { type FolderStatus, folderStatus } from '../../folder.ts';
import { __camel__Section } from '../../site.ts';
import { statusText } from '../../view/status.ts';

export default class __Pascal__Status extends OpsCommand<typeof __Pascal__Status, FolderStatus> {
  static override summary = 'Show what there is.';
  static override description = 'Looks at the folder of the profile, and changes nothing.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<FolderStatus> {
    const { dir } = await this.site.section(__camel__Section);
    const status = await this.runTask({
      title: 'Look',
      run: (progress) => folderStatus(this.site.below(dir), progress),
    });
    if (status.entries === 0)
      this.unhealthy('E_EMPTY', `${status.path} is empty.`, ['Is the right folder named?']);
    return status;
  }

  protected override text(result: FolderStatus): string {
    return statusText(result);
  }
}
