import { existsSync, linkSync, rmSync, statSync, unlinkSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Readable } from 'node:stream';
import { fromSystemError, messageOf, OpsError } from '@om-ops/kit';
import type { LoadTarget, TargetState } from './target.ts';

/** A new SQLite file. It has its name only when all is in it. */
export class SqliteTarget implements LoadTarget {
  readonly place: string;
  readonly #file: string;
  readonly #partial: string;

  readonly #table: string | undefined;

  /** @param table only this one of the dump */
  constructor(file: string, table: string | undefined) {
    this.#file = file;
    this.#table = table;
    this.#partial = `${file}.${process.pid}.partial`;
    this.place = file;
  }

  async state(): Promise<TargetState> {
    const stat = statSync(this.#file, { throwIfNoEntry: false });
    if (stat === undefined) return 'absent';
    return 'filled';
  }

  async create(): Promise<void> {
    const { DatabaseSync } = await import('node:sqlite');
    const before = process.umask(0o077);
    try {
      new DatabaseSync(this.#partial).close();
    } catch (error) {
      throw new OpsError('E_IO', `Cannot make ${this.#file}: ${messageOf(error)}.`, {
        suggestions: ['Check that its folder is there and may be written to.'],
      });
    } finally {
      process.umask(before);
    }
  }

  async load(sql: Readable, signal: AbortSignal): Promise<void> {
    const { DatabaseSync } = await import('node:sqlite');
    const db = new DatabaseSync(this.#partial, { enableForeignKeyConstraints: false });
    try {
      db.enableDefensive?.(false);
      for await (const statement of statements(sql, db)) {
        signal.throwIfAborted();
        if (this.#table !== undefined && !isOf(statement, this.#table)) continue;
        try {
          db.exec(statement);
        } catch (error) {
          throw new OpsError(
            'E_LOAD_FAILED',
            `Cannot load into ${this.#file}: ${messageOf(error)}, in: ${statement.trim().slice(0, 80)}`,
          );
        }
      }
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      db.close();
    }
    try {
      linkSync(this.#partial, this.#file);
      unlinkSync(this.#partial);
    } catch (error) {
      throw fromSystemError(error, 'give the database its name', this.#file);
    }
  }

  async rows(): Promise<Map<string, number>> {
    const { DatabaseSync } = await import('node:sqlite');
    const db = new DatabaseSync(this.#file, { readOnly: true });
    try {
      const tables = db
        .prepare(
          "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow')",
        )
        .all() as { name: string }[];
      return new Map(
        tables
          .filter(({ name }) => !/^sqlite_/.test(name))
          .map(({ name }) => {
            const row = db
              .prepare(`SELECT count(*) AS n FROM "${name.replaceAll('"', '""')}"`)
              .get();
            return [name, Number(row?.n)];
          }),
      );
    } finally {
      db.close();
    }
  }

  async drop(): Promise<void> {
    for (const file of [this.#partial, this.#file])
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true });
  }

  swap(original: string): string[] {
    return [
      `Stop the site, move ${original} and its -wal, -shm and -journal aside, and put ${this.#file} in its place, with the same owner and mode.`,
      `Whatever is left of ${original}-wal beside it would be replayed over it: ls ${existsSync(original) ? original : '/path/to/it'}*`,
    ];
  }
}

/** Cuts SQL into statements where a semicolon ends one: not within quotes, comments and the bodies of triggers. */
async function* statements(sql: Readable, db: DatabaseSync): AsyncGenerator<string> {
  let rest = '';
  sql.setEncoding('utf8');
  for await (const chunk of sql) {
    rest += chunk as string;
    const cut = cutter();
    let from = 0;
    for (let end = cut(rest, from); end !== -1; end = cut(rest, end)) {
      const statement = rest.slice(from, end);
      if (
        /^\s*(?:--[^\n]*\n\s*)*CREATE\s+(?:TEMP(?:ORARY)?\s+)?TRIGGER\b/i.test(statement) &&
        isOpen(statement, db)
      )
        continue;
      yield statement;
      from = end;
    }
    rest = rest.slice(from);
  }
  if (rest.replace(/--[^\n]*(?:\n|$)/g, '').trim() !== '') {
    throw new OpsError('E_LOAD_FAILED', 'The dump ends in the middle of a statement.');
  }
}

const name = String.raw`("(?:[^"]|"")*"|\`(?:[^\`]|\`\`)*\`|\[[^\]]*\]|'(?:[^']|'')*'|[^\s(]+)`;
const named = [
  String.raw`CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?${name}`,
  String.raw`INSERT\s+INTO\s+${name}`,
  String.raw`CREATE\s+(?:UNIQUE\s+)?INDEX\s+.*?\sON\s+${name}`,
].map((source) => new RegExp(String.raw`^\s*(?:--[^\n]*\n\s*)*${source}`, 'is'));

/** Whether a statement makes or fills the table, or is none about tables at all. */
function isOf(statement: string, table: string): boolean {
  for (const pattern of named) {
    const found = pattern.exec(statement)?.[1];
    if (found !== undefined) {
      const plain = found.replace(/^["'`[]|["'`\]]$/g, '').replaceAll('""', '"');
      return plain.toLowerCase() === table.toLowerCase();
    }
  }
  return /^\s*(?:--[^\n]*\n\s*)*(?:PRAGMA|BEGIN|COMMIT)\b/i.test(statement);
}

/** A trigger's body has semicolons of its own. */
function isOpen(statement: string, db: DatabaseSync): boolean {
  try {
    db.prepare(statement);
    return false;
  } catch (error) {
    return /incomplete input/.test(messageOf(error));
  }
}

/** The place behind the next semicolon that ends a statement, from a place on; -1 when there is none. */
function cutter(): (text: string, from: number) => number {
  const token =
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*\n|\/\*.*?\*\/|;|['"`[]|--|\/\*/gs;
  return (text, from) => {
    token.lastIndex = from;
    for (let found = token.exec(text); found !== null; found = token.exec(text)) {
      if (found[0] === ';') return found.index + 1;
      // Opened and not closed yet: the rest of it has not come.
      if (/^(?:['"`[]|--|\/\*)$/.test(found[0])) return -1;
    }
    return -1;
  };
}
