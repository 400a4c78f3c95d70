import { Args, dryRunFlag, Flags } from '@om-ops/kit';
import { databaseFlag } from '../../db-command.ts';
import { MaintainCommand, type MaintainResult } from '../../maintain/maintain-command.ts';

export default class DbAnalyze extends MaintainCommand<typeof DbAnalyze> {
  static override summary = 'Bring the statistics up to date, where it is due.';
  static override description =
    'ANALYZE of the tables named, or of those where it is due after their own thresholds; of MariaDB and MySQL, ANALYZE TABLE. Waits 5 s for a lock at most.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --all',
  ];
  static override record = 'audit' as const;
  static override args = {
    table: Args.string({
      description: 'Tables, as in SQL. Default: those where it is due.',
      multiple: true,
    }),
  };
  static override flags = {
    ...databaseFlag,
    all: Flags.boolean({ summary: 'Every table, due or not.', default: false }),
    ...dryRunFlag,
  };

  protected override perform(): Promise<MaintainResult> {
    const tables = (this.args.table as string[] | undefined) ?? [];
    return this.maintain((flavour) => ({
      tables,
      due: flavour === 'postgres' && tables.length === 0 && !this.flags.all ? 'analyze' : null,
      statement: (table) =>
        flavour === 'postgres' ? `ANALYZE ${table}` : `ANALYZE TABLE ${table}`,
      question: null,
    }));
  }
}
