import { join } from 'node:path';
import {
  Args,
  confirmFlag,
  dryRunFlag,
  Flags,
  type GuardedResult,
  isThere,
  OpsError,
  writeFileAtomic,
} from '@om-ops/kit';
import {
  formatBytes,
  formatCount,
  formatTable,
  formatTime,
  plural,
  printableName,
} from '@om-ops/kit/text';
import { readCleanupMeta } from '../../cleanup/archive.ts';
import {
  cleanupFolder,
  cleanupGuard,
  keptCleanups,
  planCleanup,
  putBackCleanup,
} from '../../cleanup/clean-up.ts';
import type { Dependent } from '../../cleanup/rows.ts';
import { DbCommand, databaseFlag } from '../../db-command.ts';
import { type CleanupRule, dbSection } from '../../site.ts';

interface CleanedRule {
  rule: string;
  table: string;
  /** How many rows are old enough. */
  count: number;
  oldest: string | null;
  cutoff: string;
  mode: CleanupRule['mode'];
  dependents: Dependent[];
  /** How many went, by table. */
  gone: Record<string, number>;
  /** What they are put back by; null: nothing was kept. */
  run: string | null;
}

interface CleanupResult extends Partial<GuardedResult> {
  database: string;
  rules: CleanedRule[];
  /** With `--list`. */
  kept: {
    run: string;
    rule: string;
    table: string;
    at: string;
    rows: number;
    bytes: number;
    undoneAt: string | null;
  }[];
  /** With `--undo`; `there`: those that are there again, and were left. */
  undone: { run: string; put: number; there: number } | null;
}

export default class DbCleanup extends DbCommand<typeof DbCleanup, CleanupResult> {
  static override summary = 'Take old rows out, by the rules of the profile, and keep them.';
  static override description =
    'Each rule of db.cleanup says which rows are old. What would go with them is counted first, and what would be left without what it refers to stops it. The rows are written to an archive and flushed to the disk before they go, batch by batch, each in a transaction of its own; rows that others hold or change meanwhile stay. --undo puts them back.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> old-projects --dry-run',
    '<%= config.bin %> <%= command.id %> --list',
    '<%= config.bin %> <%= command.id %> --undo 2026-11-25_031500-old-projects',
  ];
  static override record = 'audit' as const;
  static override args = {
    rule: Args.string({ description: 'Rules of the profile.', multiple: true }),
  };
  static override flags = {
    ...databaseFlag,
    list: Flags.boolean({
      summary: 'Only say which rules there are, and what was taken out.',
      default: false,
    }),
    undo: Flags.string({ summary: 'Put back what this clean-up took out.', helpValue: 'RUN' }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override async perform(): Promise<CleanupResult> {
    const { cleanup } = await this.site.section(dbSection);
    const target = await this.target();
    const empty: CleanupResult = { database: target.database, rules: [], kept: [], undone: null };
    if (this.flags.list) return { ...empty, kept: this.#kept(), rules: listed(cleanup) };
    if (this.flags.undo !== undefined) return this.#undo(this.flags.undo, empty);
    const names = (this.args.rule as string[] | undefined) ?? [];
    const rules = names.map((name) => {
      const rule = Object.hasOwn(cleanup, name) ? cleanup[name] : undefined;
      if (rule !== undefined) return [name, rule] as const;
      throw noRule(name, Object.keys(cleanup));
    });
    if (rules.length === 0) throw noRule(undefined, Object.keys(cleanup));
    return this.withServer(
      target,
      (server) =>
        this.guarded(
          `db-${target.database}`,
          cleanupGuard(server, this.site.state, () => planCleanup(server, rules)),
          (done, plan): CleanupResult => ({
            ...empty,
            ...done,
            rules: plan.rules.map(({ name, rule, table, gone, run }) => ({
              rule: name,
              table: table.table,
              count: table.count,
              oldest: table.oldest,
              cutoff: table.cutoff,
              mode: rule.mode,
              dependents: table.dependents,
              gone,
              run,
            })),
          }),
        ),
      { readOnly: false, statementMs: 60_000, lockMs: 5000 },
    );
  }

  #kept(): CleanupResult['kept'] {
    return keptCleanups(this.site.state).map(
      ({ run, rule, table, startedAt, rows, bytes, undoneAt }) => ({
        run,
        rule,
        table,
        at: startedAt,
        rows: Object.values(rows).reduce((sum, count) => sum + count, 0),
        bytes,
        undoneAt,
      }),
    );
  }

  async #undo(run: string, empty: CleanupResult): Promise<CleanupResult> {
    const folder = join(cleanupFolder(this.site.state), run);
    if (run.includes('/') || !isThere(folder)) throw noRun(run);
    const meta = readCleanupMeta(folder, run);
    const target = { ...(await this.target()), database: meta.database };
    const rows = Object.values(meta.rows).reduce((sum, count) => sum + count, 0);
    if (this.dryRun) return { ...empty, undone: { run, put: rows, there: 0 } };
    await this.confirm(`${formatCount(rows)} rows are put back into ${meta.database}.`);
    await this.lock(`db-${meta.database}`);
    const undone = await this.runTask({
      title: 'Put back',
      run: ({ signal, report }) =>
        this.withServer(
          target,
          (server) => putBackCleanup(server, folder, meta, { signal, report }),
          {
            readOnly: false,
            statementMs: 60_000,
            signal,
          },
        ),
      summary: ({ put }) => plural(put, 'row'),
    });
    await writeFileAtomic(
      join(folder, 'meta.json'),
      `${JSON.stringify({ ...meta, undoneAt: new Date().toISOString() }, null, 2)}\n`,
    );
    this.operation.touch(`${meta.database}: ${undone.put} rows put back`);
    if (undone.there > 0)
      this.incomplete(
        `${plural(undone.there, 'row')} were there again, and were left as they are.`,
      );
    return { ...empty, undone: { run, ...undone } };
  }

  protected override text({ rules, kept, undone, outcome, database }: CleanupResult): string {
    if (undone !== null)
      return this.dryRun
        ? `Would put back up to ${plural(undone.put, 'row')} into ${database}. Nothing was changed.`
        : `${plural(undone.put, 'row')} put back into ${database}.`;
    if (this.flags.list) {
      const table = formatTable<CleanupResult['kept'][number]>(
        [
          { head: 'RUN', cell: ({ run }) => run },
          { head: 'AT', cell: ({ at }) => formatTime(at) },
          { head: 'TABLE', cell: (one) => printableName(one.table) },
          { head: 'ROWS', cell: ({ rows }) => formatCount(rows), align: 'right' },
          { head: 'SIZE', cell: ({ bytes }) => formatBytes(bytes), align: 'right' },
          {
            head: 'PUT BACK',
            cell: ({ undoneAt }) => (undoneAt === null ? '' : formatTime(undoneAt)),
          },
        ],
        kept,
      );
      const names =
        rules.length === 0
          ? 'The profile has no rules (db.cleanup).'
          : `Rules: ${rules.map(({ rule, table: of }) => `${rule} (${of})`).join(', ')}`;
      return [names, kept.length === 0 ? 'Nothing was taken out yet.' : table].join('\n\n');
    }
    return rules
      .map(({ rule, table, count, gone, run, dependents }) => {
        if (count === 0) return `${rule}: no row of ${table} is old enough.`;
        if (outcome === 'planned')
          return [
            `${rule}: would take out ${plural(count, 'row')} of ${table}.`,
            ...dependents.map(
              (one) =>
                `  ${plural(one.rows, 'row')} of ${one.table} would ${one.action === 'cascade' ? 'go with them' : 'lose what they refer to'}`,
            ),
          ].join('\n');
        const all = Object.entries(gone).map(([name, rows]) => `${plural(rows, 'row')} of ${name}`);
        return `${rule}: ${all.join(', ')} went.${run === null ? '' : `\n  To put them back: om-ops db cleanup --undo ${run}`}`;
      })
      .join('\n');
  }
}

function listed(cleanup: Record<string, CleanupRule>): CleanedRule[] {
  return Object.entries(cleanup).map(([rule, { table, mode }]) => ({
    rule,
    table,
    count: 0,
    oldest: null,
    cutoff: '',
    mode,
    dependents: [],
    gone: {},
    run: null,
  }));
}

function noRule(name: string | undefined, names: readonly string[]): OpsError {
  return new OpsError(
    'E_NO_RULE',
    name === undefined ? 'Say which rule.' : `The profile has no clean-up ${name}.`,
    {
      exit: 'usage',
      suggestions: [
        names.length === 0
          ? 'Write one: db: {cleanup: {old-projects: {table: projects, column: updated_at, olderThan: 90d}}}'
          : `There are: ${names.join(', ')}`,
      ],
    },
  );
}

function noRun(run: string): OpsError {
  return new OpsError('E_NO_RUN', `There is no clean-up ${run}.`, {
    exit: 'usage',
    suggestions: ['See those there are: om-ops db cleanup --list'],
  });
}
