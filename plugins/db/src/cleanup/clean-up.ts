import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type Change,
  type Guarded,
  isThere,
  makeStateFolder,
  OpsError,
  stampSecond,
} from '@om-ops/kit';
import { formatCount } from '@om-ops/kit/text';
import type { Server } from '../server/server.ts';
import { type CleanupRule, msOf } from '../site.ts';
import {
  type ArchivedRow,
  archivedRows,
  CleanupArchive,
  type CleanupMeta,
  provenArchive,
  readCleanupMeta,
} from './archive.ts';
import { mysqlCleanup } from './mysql.ts';
import { postgresCleanup } from './postgres.ts';
import type { CleanupServer, CleanupTable } from './rows.ts';

export interface CleanupPlan {
  rules: PlannedRule[];
}

export interface PlannedRule {
  name: string;
  rule: CleanupRule;
  table: CleanupTable;
  /** How many rows went, by table. */
  gone: Record<string, number>;
  /** The name of its record; null: nothing was kept. */
  run: string | null;
  batches: number;
}

export function cleanupServer(server: Server): CleanupServer {
  return server.version.flavour === 'postgres' ? postgresCleanup(server) : mysqlCleanup(server);
}

/** `STATE/db/cleanup` */
export function cleanupFolder(state: string): string {
  return join(state, 'db/cleanup');
}

export async function planCleanup(
  server: Server,
  rules: readonly (readonly [string, CleanupRule])[],
): Promise<CleanupPlan> {
  const planned: PlannedRule[] = [];
  const by = cleanupServer(server);
  for (const [name, rule] of rules) {
    const table = await by.look(rule.table, rule.column, msOf(rule.olderThan));
    refuse(server, name, rule, table);
    planned.push({ name, rule, table, gone: {}, run: null, batches: 0 });
  }
  return { rules: planned };
}

/** What would fail in the midst, or could not be put back, is not begun. */
function refuse(
  server: Server,
  name: string,
  rule: CleanupRule,
  { table, dependents }: CleanupTable,
): void {
  const stops = dependents.find(({ action }) => action === 'restrict');
  if (stops !== undefined)
    throw new OpsError(
      'E_REFERENCED',
      `${formatCount(stops.rows)} rows of ${stops.table} refer to rows of ${table} that would go, and keep them there.`,
      {
        exit: 'unhealthy',
        suggestions: [`Clean up ${stops.table} first: a rule of its own, before ${name}.`],
      },
    );
  const empties = dependents.find(({ action }) => action === 'set-null');
  if (empties !== undefined && rule.mode === 'archive')
    throw new OpsError(
      'E_REFERENCED',
      `${formatCount(empties.rows)} rows of ${empties.table} would lose what they refer to, which the archive cannot put back.`,
      {
        exit: 'unhealthy',
        suggestions: [
          `Clean up ${empties.table} first, or take mode: delete for ${name}, if that is meant.`,
        ],
      },
    );
  const below = dependents.find(({ action }) => action === 'cascade');
  if (below !== undefined && server.version.flavour !== 'postgres' && rule.mode === 'archive')
    throw new OpsError(
      'E_REFERENCED',
      `${formatCount(below.rows)} rows of ${below.table} would go with those of ${table}, and would not be in the archive.`,
      {
        exit: 'unhealthy',
        suggestions: [`Clean up ${below.table} first: a rule of its own, before ${name}.`],
      },
    );
}

export function cleanupChanges({ rules }: CleanupPlan): Change[] {
  return rules
    .filter(({ table }) => table.count > 0)
    .map(({ rule, table }) => ({
      kind: 'remove',
      what: `${formatCount(table.count)} rows of ${table.table}`,
      detail: [
        `older than ${rule.olderThan}, by ${rule.column}`,
        ...table.dependents.map(
          ({ table: other, action, rows }) =>
            `${formatCount(rows)} rows of ${other} ${action === 'cascade' ? 'go with them' : 'lose what they refer to'}`,
        ),
        rule.mode === 'archive' ? 'kept in an archive first' : 'not kept',
      ].join('; '),
    }));
}

export function cleanupGuard(
  server: Server,
  state: string,
  plan: () => Promise<CleanupPlan>,
): Guarded<CleanupPlan> {
  return {
    plan,
    changes: cleanupChanges,
    question: ({ rules }) =>
      `${formatCount(rules.reduce((sum, { table }) => sum + table.count, 0))} rows will be taken out of ${server.target.database}, and what hangs on them.`,
    apply: async ({ rules }, { signal, report }) => {
      const by = cleanupServer(server);
      for (const planned of rules) {
        const { name, rule, table } = planned;
        if (table.count === 0) continue;
        const archive = rule.mode === 'archive' ? openArchive(server, state, planned) : undefined;
        try {
          for (;;) {
            signal.throwIfAborted();
            const gone = await by.batch({
              table,
              column: rule.column,
              size: rule.batch,
              keep: archive === undefined ? undefined : (rows) => archive.add(rows),
            });
            const counts = Object.entries(gone);
            if (counts.length === 0) break;
            planned.batches += 1;
            for (const [one, rows] of counts) {
              planned.gone[one] = (planned.gone[one] ?? 0) + rows;
              archive?.count(one, rows);
            }
            report({
              detail: `${name}: ${formatCount(planned.gone[table.table] ?? 0)} of ${formatCount(table.count)}`,
            });
            await pause(msOf(rule.pause), undefined, { signal });
          }
        } finally {
          archive?.close();
        }
      }
    },
    standing: ({ rules }) =>
      rules
        .filter(({ batches }) => batches > 0)
        .map(
          ({ table, gone, run }) =>
            `${formatCount(gone[table.table] ?? 0)} rows of ${table.table} went${run === null ? '' : `, and are kept (om-ops db cleanup --undo ${run})`}.`,
        )
        .join(' '),
    touched: ({ rules }) =>
      rules
        .filter(({ batches }) => batches > 0)
        .map(({ table, gone }) => `${gone[table.table]} rows of ${table.table}`),
  };
}

function openArchive(server: Server, state: string, planned: PlannedRule): CleanupArchive {
  const folder = cleanupFolder(state);
  makeStateFolder(folder);
  let run = `${stampSecond(new Date())}-${planned.name}`;
  for (let number = 2; isThere(join(folder, run)); number++)
    run = `${stampSecond(new Date())}-${planned.name}-${number}`;
  mkdirSync(join(folder, run), { mode: 0o700 });
  planned.run = run;
  const { table, rule } = planned;
  const meta: CleanupMeta = {
    rule: planned.name,
    engine: server.target.engine,
    database: server.target.database,
    table: rule.table,
    cutoff: table.cutoff,
    startedAt: new Date().toISOString(),
    endedAt: null,
    rows: {},
    sha256: null,
    undoneAt: null,
  };
  return new CleanupArchive(join(folder, run), meta);
}

/** Puts back what a clean-up took out; what is there again is left as it is. */
export async function putBackCleanup(
  server: Server,
  folder: string,
  meta: CleanupMeta,
  { signal, report }: { signal: AbortSignal; report(state: { detail: string }): void },
): Promise<{ put: number; there: number }> {
  await provenArchive(folder, meta);
  const by = cleanupServer(server);
  let put = 0;
  let all = 0;
  let batch: ArchivedRow[] = [];
  const flush = async () => {
    if (batch.length === 0) return;
    put += await by.putBack(batch);
    all += batch.length;
    batch = [];
    report({ detail: `${formatCount(all)} rows` });
  };
  for await (const row of archivedRows(folder)) {
    batch.push(row);
    if (batch.length < 500) continue;
    signal.throwIfAborted();
    await flush();
  }
  await flush();
  return { put, there: all - put };
}

/** Those that are kept, the newest first. */
export function keptCleanups(state: string): ({ run: string; bytes: number } & CleanupMeta)[] {
  const folder = cleanupFolder(state);
  if (!isThere(folder)) return [];
  return readdirSync(folder)
    .sort()
    .reverse()
    .flatMap((run) => {
      const path = join(folder, run);
      const archive = statSync(join(path, 'rows.jsonl.gz'), { throwIfNoEntry: false });
      return archive === undefined
        ? []
        : [{ run, bytes: archive.size, ...readCleanupMeta(path, run) }];
    });
}
