import { Args, confirmFlag, dryRunFlag, Flags } from '@om-ops/kit';
import { databaseFlag } from '../../db-command.ts';
import { MaintainCommand, type MaintainResult } from '../../maintain/maintain-command.ts';

export default class DbVacuum extends MaintainCommand<typeof DbVacuum> {
  static override summary = 'Clean up dead rows, where it is due.';
  static override description =
    'Of PostgreSQL: VACUUM of the tables named, or of those where it is due after their own thresholds; says first who keeps rows from being removed. Of MariaDB and MySQL, which clean up by themselves: only with --full, OPTIMIZE TABLE. --full gives the space back to the disk, and locks the table for everybody meanwhile: it asks.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --due --dry-run',
    '<%= config.bin %> <%= command.id %> orders --analyze',
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
    analyze: Flags.boolean({ summary: 'The statistics too.', default: false }),
    due: Flags.boolean({ summary: 'Of those named, only where it is due.', default: false }),
    full: Flags.boolean({ summary: 'Write the tables anew, which locks them.', default: false }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override perform(): Promise<MaintainResult> {
    const tables = (this.args.table as string[] | undefined) ?? [];
    const { analyze, due, full } = this.flags;
    return this.maintain((flavour) => ({
      tables,
      due: flavour === 'postgres' && (due || tables.length === 0) ? 'vacuum' : null,
      statement: (table) => {
        if (flavour !== 'postgres')
          return full ? `OPTIMIZE TABLE ${table}` : `ANALYZE TABLE ${table}`;
        const options = [...(full ? ['FULL'] : []), ...(analyze ? ['ANALYZE'] : [])];
        return `VACUUM ${options.length === 0 ? '' : `(${options.join(', ')}) `}${table}`;
      },
      question: full
        ? 'The tables named are written anew: nobody can use them meanwhile, and each needs as much room again on the disk.'
        : null,
    }));
  }
}
