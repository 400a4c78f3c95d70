import { join } from 'node:path';

/**
 * A path of git: bytes, of which nobody knows the encoding. Held as a string of one character a byte, so that it can
 * be compared, split and be a key; never shown as it is.
 */
export type BytePath = string;

export function bytePath(bytes: Uint8Array): BytePath {
  return Buffer.from(bytes).toString('latin1');
}

/** As it is shown and stands in results: what is no UTF-8 as U+FFFD. */
export function shownPath(path: BytePath): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}

/** As the file system takes it. */
export function fileOf(top: string, path: BytePath): Buffer {
  return Buffer.from(join(Buffer.from(top).toString('latin1'), path), 'latin1');
}

/** What git prints with `-z`, field by field. */
export function fieldsOf(output: Uint8Array): BytePath[] {
  const fields = bytePath(output).split('\0');
  if (fields.at(-1) === '') fields.pop();
  return fields;
}

/** What git reads with `-z`. */
export function fieldsFor(paths: readonly BytePath[]): Buffer {
  return Buffer.from(paths.map((path) => `${path}\0`).join(''), 'latin1');
}

export function lastSegment(path: BytePath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
