import type { DatabaseEngineName } from '@om-ops/kit/database';

const newline = 10;
const quote = 39;
const backslash = 92;
const open = 40;
const close = 41;
const semicolon = 59;
/** The start of a statement that names a table is shorter. */
const longestStart = 16 * 1024;

/**
 * Counts the rows of every table in a dump while it passes: tuples of `INSERT INTO … VALUES`, lines of `COPY … FROM
 * stdin`. What is counted is what a restore will load, in the same snapshot, without asking the server.
 */
export class RowCounter {
  readonly #counts = new Map<string, number>();
  readonly #engine: DatabaseEngineName;
  #state: 'line' | 'copy' | 'values' = 'line';
  /** What has come of the line that is being read, as far as it may start a statement. */
  #line = '';
  #table = '';
  #rows = 0;
  #depth = 0;
  #inQuote = false;
  #escaped = false;
  #lost = false;

  constructor(engine: DatabaseEngineName) {
    this.#engine = engine;
  }

  /** Undefined when a statement was met that could not be followed. */
  get counts(): Record<string, number> | undefined {
    return this.#lost ? undefined : Object.fromEntries(this.#counts);
  }

  add(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < bytes.length && !this.#lost; ) {
      at = this.#state === 'values' ? this.#values(bytes, at) : this.#lines(bytes, at);
    }
  }

  #lines(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(newline, at);
    const stop = end === -1 ? bytes.length : end;
    if (this.#state === 'copy') return this.#copy(bytes, at, stop, end !== -1);
    const room = longestStart - this.#line.length;
    this.#line += bytes.toString('latin1', at, Math.min(stop, at + room));
    const insert = this.#insert();
    if (insert !== undefined) {
      // What stands behind VALUES on this line is read by the next step.
      const before = this.#line.length - (Math.min(stop, at + room) - at);
      this.#begin(insert.table, 'values');
      return at + Math.max(0, insert.length - before);
    }
    if (end === -1) return stop;
    const copy = /^COPY (.+?) (?:\([^\n]*\) )?FROM stdin;$/.exec(this.#line)?.[1];
    this.#line = '';
    if (copy !== undefined && this.#engine === 'postgres') this.#begin(copy, 'copy');
    return end + 1;
  }

  #insert(): { table: string; length: number } | undefined {
    if (this.#engine === 'postgres' || !this.#line.startsWith('INSERT INTO ')) return undefined;
    const found =
      /^INSERT INTO (`(?:[^`]|``)+`|"(?:[^"]|"")+")(?: ?\((?:[^`")]|`(?:[^`]|``)*`|"(?:[^"]|"")*")*\))? VALUES ?/.exec(
        this.#line,
      );
    if (found === null) {
      if (this.#line.length >= longestStart) this.#lost = true;
      return undefined;
    }
    return { table: found[1]!, length: found[0].length };
  }

  #begin(table: string, state: 'copy' | 'values'): void {
    this.#state = state;
    this.#table = nameOf(table);
    this.#rows = 0;
    this.#depth = 0;
    this.#inQuote = false;
    this.#escaped = false;
    this.#line = '';
    if (!this.#counts.has(this.#table)) this.#counts.set(this.#table, 0);
  }

  #end(): void {
    this.#counts.set(this.#table, (this.#counts.get(this.#table) ?? 0) + this.#rows);
    this.#state = 'line';
    this.#line = '';
  }

  /** Only the first bytes of a line tell whether it is the end. */
  #copy(bytes: Buffer, at: number, stop: number, whole: boolean): number {
    if (this.#line.length < 3) this.#line += bytes.toString('latin1', at, Math.min(stop, at + 3));
    if (!whole) return stop;
    if (this.#line === '\\.') this.#end();
    else this.#rows += 1;
    this.#line = '';
    return stop + 1;
  }

  #values(bytes: Buffer, start: number): number {
    const escapes = this.#engine === 'mysql';
    for (let at = start; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (this.#inQuote) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === backslash && escapes) this.#escaped = true;
        else if (byte === quote) this.#inQuote = false;
      } else if (byte === quote) this.#inQuote = true;
      else if (byte === open) {
        if (this.#depth === 0) this.#rows += 1;
        this.#depth += 1;
      } else if (byte === close) this.#depth -= 1;
      else if (byte === semicolon && this.#depth === 0) {
        this.#end();
        return at + 1;
      }
    }
    return bytes.length;
  }
}

/** The name without its quotes. Of PostgreSQL with its schema: `public.item`. */
function nameOf(written: string): string {
  const text = Buffer.from(written, 'latin1').toString();
  return text.replace(/"((?:[^"]|"")*)"|`((?:[^`]|``)*)`/g, (_, double?: string, back?: string) =>
    double === undefined ? (back ?? '').replaceAll('``', '`') : double.replaceAll('""', '"'),
  );
}
