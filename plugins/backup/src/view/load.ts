import { formatCount, formatTime, plural } from '@om-ops/kit/text';
import type { LoadedDatabase } from '../load/load.ts';

/** What was loaded, or would be, and what to do then. */
export function loadText(loaded: LoadedDatabase, archive: string, dryRun: boolean): string {
  const { database, dumpedAt, place, table, before, tables, rows, compared, swap } = loaded;
  const what = `${table === undefined ? '' : `the table ${table} of `}${database}, dumped ${formatTime(dumpedAt)}`;
  if (dryRun) {
    return [
      `Would load ${what}`,
      `  from ${archive}`,
      `  into ${place}, ${before === 'absent' ? 'which would be made' : 'which is there and empty'}`,
      'It would stop at the first error, and compare tables and rows with what was counted in the dump.',
      'Nothing was changed: this was a dry run.',
    ].join('\n');
  }
  const held = `${plural(tables ?? 0, 'table')} with ${formatCount(rows ?? 0)} rows`;
  return [
    `Loaded ${what}`,
    `  from ${archive}`,
    `  into ${place}: ${held}${compared ? ', as many as were dumped' : '; the backup has no counts to compare with'}`,
    ...(swap.length > 0 ? ['', 'To use it:', ...swap.map((line) => `  ${line}`)] : []),
  ].join('\n');
}
