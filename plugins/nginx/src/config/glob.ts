import { lstatSync, readdirSync } from 'node:fs';

const magic = /[*?[]/;

/** Whether nginx looks for files, and does not take the name as it stands. */
export function isGlob(path: string): boolean {
  return magic.test(path);
}

/**
 * The files that glob(3) finds as nginx calls it: `*`, `?` and `[…]` within one name, none of them matches a
 * leading dot, a backslash takes the meaning away; sorted by bytes. Folders and links that lead nowhere are
 * among them: nginx stumbles over them too.
 *
 * @param pattern absolute
 */
export function globbed(pattern: string): string[] {
  let found = ['/'];
  const names = pattern.split('/').filter((name) => name !== '');
  for (const [at, name] of names.entries()) {
    const isLast = at === names.length - 1;
    found = found.flatMap((folder) => below(folder, name, isLast));
  }
  return found
    .map((path) => ({ path, bytes: latin1(path) }))
    .sort((one, other) => (one.bytes < other.bytes ? -1 : 1))
    .map(({ path }) => path);
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function below(folder: string, name: string, isLast: boolean): string[] {
  const joined = (entry: string) => `${folder === '/' ? '' : folder}/${entry}`;
  if (!magic.test(name)) {
    const path = joined(name.replace(/\\(.)/g, '$1'));
    return isLast && lstatOrNone(path) === undefined ? [] : [path];
  }
  // nginx knows no UTF-8: a question mark is one byte.
  const matches = matcher(latin1(name));
  let entries: string[];
  try {
    entries = readdirSync(folder === '' ? '/' : folder);
  } catch {
    // glob(3) passes over what it cannot list.
    return [];
  }
  return entries.filter((entry) => matches.test(latin1(entry))).map(joined);
}

function lstatOrNone(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function matcher(name: string): RegExp {
  let source = /^(?:\\?\.)/.test(name) ? '' : '(?!\\.)';
  for (let at = 0; at < name.length; at += 1) {
    const ch = name[at] as string;
    const set = ch === '[' ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(name.slice(at)) : null;
    if (ch === '*') source += '.*';
    else if (ch === '?') source += '.';
    else if (set !== null) {
      const [whole, not = '', inside = ''] = set;
      source += `[${not === '' ? '' : '^'}${inside.replace(/[\\\]^[]/g, '\\$&')}]`;
      at += whole.length - 1;
    } else if (ch === '\\' && at + 1 < name.length) {
      at += 1;
      source += literal(name[at] as string);
    } else source += literal(ch);
  }
  return new RegExp(`^${source}$`, 's');
}

function literal(ch: string): string {
  return ch.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}
