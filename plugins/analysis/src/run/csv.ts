import type { DuplicateGroup } from '../analysis.ts';

/** Without it spreadsheets take UTF-8 for something else. */
const byteOrderMark = '\ufeff';

const header = 'group,bytes,wasted_bytes,sha256,hard_link,path';

/** Lines of duplicates.csv, the first with the header: RFC 4180, and nothing a spreadsheet would run. */
export function* duplicateLines(groups: Iterable<DuplicateGroup>): Generator<string> {
  yield `${byteOrderMark}${header}\r\n`;
  let number = 0;
  for (const { bytes, hash, wastedBytes, paths, links } of groups) {
    number += 1;
    const begin = `${number},${bytes},${wastedBytes},${hash ?? ''}`;
    for (const path of paths) yield `${begin},no,${csvText(path)}\r\n`;
    for (const path of links ?? []) yield `${begin},yes,${csvText(path)}\r\n`;
  }
}

/** A text as a spreadsheet shows it and does not compute it. */
export function csvText(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
