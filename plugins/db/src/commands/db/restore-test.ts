import { Args, dryRunFlag, OpsError, stampSecond } from '@om-ops/kit';
import { DbCommand, databaseFlag } from '../../db-command.ts';

interface RestoreTestResult {
  database: string;
  /** What was restored; null: the newest backup. */
  backup: string | null;
  /** The database it was restored into, and which is no more. */
  scratch: string;
  outcome: 'planned' | 'holds';
  seconds: number | null;
  tables: number | null;
  rows: number | null;
  /** Whether rows and tables were compared with what was counted when it was dumped. */
  compared: boolean;
}

interface Restored {
  loaded?: { tables?: number; rows?: number; compared?: boolean };
}

export default class DbRestoreTest extends DbCommand<typeof DbRestoreTest, RestoreTestResult> {
  static override summary = 'Prove that a database backup can be restored, in a new database.';
  static override description =
    'Restores the newest backup, or the one named, into a new database of the same server, stops at the first error, compares tables and rows with what was counted, and drops it again, whatever came of it. Never touches a database that was there. Exit 6 when the backup does not hold.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --dry-run',
  ];
  static override record = 'audit' as const;
  static override args = { backup: Args.string({ description: 'A backup. Default: the newest.' }) };
  static override flags = { ...databaseFlag, ...dryRunFlag };

  protected override async perform(): Promise<RestoreTestResult> {
    const target = await this.target();
    const scratch = `om_restore_test_${stampSecond(new Date()).replace(/\W/g, '_')}`;
    const head = { database: target.database, backup: this.args.backup ?? null, scratch };
    const none = { seconds: null, tables: null, rows: null, compared: false };
    if (this.dryRun) return { ...head, ...none, outcome: 'planned' };
    if (await this.#isThere(scratch))
      throw new OpsError('E_EXISTS', `There is a database ${scratch} already.`, {
        suggestions: ['Try again in a second.'],
      });
    const started = performance.now();
    try {
      const { envelope, exit } = await this.runTask({
        title: `Restore into ${scratch}`,
        run: (progress) =>
          this.omOps<Restored>(
            [
              ...['backup', 'restore', this.args.backup ?? 'database', '--into', scratch],
              ...(this.flags.database === undefined ? [] : ['--database', this.flags.database]),
            ],
            { progress, confirm: true, accept: [0, 1, 6, 7] },
          ),
      });
      if (!envelope.ok && exit !== 7) {
        this.unhealthy(
          'E_RESTORE_TEST',
          `The backup cannot be restored: ${envelope.error.message}`,
          envelope.error.suggestions,
        );
        return { ...head, ...none, outcome: 'planned', seconds: seconds(started) };
      }
      const { loaded } = (envelope as { result: Restored }).result;
      return {
        ...head,
        outcome: 'holds',
        seconds: seconds(started),
        tables: loaded?.tables ?? null,
        rows: loaded?.rows ?? null,
        compared: loaded?.compared ?? false,
      };
    } finally {
      await this.operation.protect(`dropping ${scratch}`, 60_000, (signal) =>
        this.#drop(scratch, signal),
      );
    }
  }

  async #isThere(name: string): Promise<boolean> {
    return this.withServer(await this.target(), async (server) => {
      const sql =
        server.version.flavour === 'postgres'
          ? 'SELECT 1 AS one FROM pg_database WHERE datname = $1'
          : 'SELECT 1 AS one FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?';
      return (await server.rows(sql, [name])).length > 0;
    });
  }

  async #drop(name: string, signal: AbortSignal): Promise<void> {
    const target = await this.target();
    const quote = target.engine === 'postgres' ? '"' : '`';
    await this.withServer(
      target,
      (server) => server.rows(`DROP DATABASE IF EXISTS ${quote}${name}${quote}`),
      { readOnly: false, statementMs: 0, signal },
    );
  }

  protected override text({
    outcome,
    scratch,
    backup,
    database,
    tables,
    rows,
    compared,
    seconds: took,
  }: RestoreTestResult): string {
    const what = backup ?? `the newest backup of ${database}`;
    if (this.dryRun)
      return `Would restore ${what} into ${scratch}, compare, and drop it. Nothing was changed.`;
    if (outcome !== 'holds') return `${what} does not hold.`;
    const counted = tables === null ? '' : `: ${tables} tables, ${rows ?? '?'} rows`;
    return `${what} holds${counted}${compared ? ', as many as were dumped' : '; there was no count to compare with'} (${took} s). ${scratch} is dropped.`;
  }
}

function seconds(started: number): number {
  return Math.round(performance.now() - started) / 1000;
}
