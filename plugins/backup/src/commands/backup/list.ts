import { Args, OpsCommand } from '@om-ops/kit';
import { type Backup, backupOf, readCatalog } from '../../catalog/catalog.ts';
import { type Category, categories } from '../../categories.ts';
import { listText } from '../../view/list.ts';

interface ListResult {
  state: string;
  backups: Backup[];
}

export default class BackupList extends OpsCommand<typeof BackupList, ListResult> {
  static override summary = 'List the backups there are.';
  static override description =
    'Shows every backup with its file, time, size, number of files, SHA-256 and state, newest first. Reads the sidecars only; `backup verify` reads the archives.';
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
    return {
      state,
      backups: chosen.flatMap((category) => readCatalog(state, category).map(backupOf)),
    };
  }

  protected override text(result: ListResult): string {
    return listText(result.backups, result.state);
  }
}
