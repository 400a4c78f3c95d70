import { Args, OpsCommand } from '@om-ops/kit';
import { type Backup, backupOf, readCatalogs } from '../../catalog/catalog.ts';
import { siteOwner } from '../../catalog/owner.ts';
import { type Category, categories } from '../../categories.ts';
import { type CategoryFailure, worstOf } from '../../category-failure.ts';
import { listText } from '../../view/list.ts';

interface ListResult {
  state: string;
  backups: Backup[];
  /** Categories whose folder could not be looked into. */
  failed: CategoryFailure[];
}

export default class BackupList extends OpsCommand<typeof BackupList, ListResult> {
  static override summary = 'List the backups there are.';
  static override description =
    'Shows every backup with its file, time, size, number of files, SHA-256, state and whose it is, newest first. Reads the sidecars only; `backup verify` reads the archives.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> prod database --json',
  ];
  static override args = {
    category: Args.string({
      description: 'Categories to list; all without.',
      options: [...categories],
      multiple: true,
    }),
  };

  protected override async perform(): Promise<ListResult> {
    const chosen = (this.args.category as Category[] | undefined) ?? categories;
    const { state } = this.site;
    const { catalogs, failed } = readCatalogs(state, chosen, await siteOwner(this.site));
    const worst = worstOf(failed, chosen.length);
    if (worst !== undefined && catalogs.length === 0) throw worst;
    for (const { message } of failed) this.incomplete(message);
    return { state, backups: catalogs.flatMap(({ backups }) => backups.map(backupOf)), failed };
  }

  protected override text(result: ListResult): string {
    return listText(result.backups, result.state);
  }
}
