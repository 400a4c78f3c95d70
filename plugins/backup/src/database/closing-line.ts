import type { DatabaseEngineName } from '@om-ops/kit/database';

/** The line a whole dump ends with. Ours of SQLite is the same as that of MySQL and MariaDB. */
export const closingLines: Readonly<Record<DatabaseEngineName, string>> = {
  mysql: '-- Dump completed',
  sqlite: '-- Dump completed',
  postgres: '-- PostgreSQL database dump complete',
};

/** How much of a dump's end has to be kept for {@link hasClosingLine}. */
export const closingLineReach = 4096;

/**
 * Whether a dump is whole: whether the closing line is the last there is, apart from what programs
 * write after it (a date on the line, empty comments, `\unrestrict` of pg_dump).
 */
export function hasClosingLine(tail: Uint8Array, engine: DatabaseEngineName): boolean {
  const lines = Buffer.from(tail).toString('latin1').split('\n');
  const last = lines.findLast((line) => !/^(?:--)?\s*$/.test(line) && !/^\\unrestrict /.test(line));
  return last?.startsWith(closingLines[engine]) ?? false;
}

/** Keeps the end of what passes through. */
export class TailKeeper {
  #tail = Buffer.alloc(0);

  add(chunk: Uint8Array): void {
    this.#tail =
      chunk.length >= closingLineReach
        ? Buffer.from(chunk.subarray(chunk.length - closingLineReach))
        : Buffer.concat([this.#tail, chunk]).subarray(-closingLineReach);
  }

  get tail(): Uint8Array {
    return this.#tail;
  }
}
