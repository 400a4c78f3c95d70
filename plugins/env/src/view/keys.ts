import { relative } from 'node:path';
import { formatTable, plural, printableName } from '@om-ops/kit/text';
import type { KeysResult, ShownKey } from '../keys.ts';

export function keysText({ files, keys }: KeysResult, root: string): string {
  if (keys.length === 0) return 'No env file sets anything.';
  const short = (path: string) => {
    const way = relative(root, path);
    return printableName(way.startsWith('..') ? path : way);
  };
  const withUses = keys.some(({ usedIn }) => usedIn !== null);
  const table = formatTable<ShownKey>(
    [
      { head: 'NAME', cell: ({ name }) => printableName(name) },
      {
        head: 'STATE',
        cell: ({ state, required }) => (required && state !== 'set' ? `${state}, required` : state),
      },
      { head: 'LENGTH', cell: ({ length }) => length ?? '' },
      { head: 'SECRET', cell: ({ secret }) => (secret ? 'yes' : '') },
      {
        head: 'SET IN',
        cell: ({ setIn }) => setIn.map(({ file, line }) => `${short(file)}:${line}`).join(', '),
      },
      ...(withUses
        ? [{ head: 'READ BY', cell: ({ usedIn }: ShownKey) => usesText(usedIn ?? []) }]
        : []),
    ],
    keys,
  );
  return `${table}\n\n${plural(keys.length, 'variable')} in ${plural(files.length, 'env file')}; values are never shown.`;
}

function usesText(uses: NonNullable<ShownKey['usedIn']>): string {
  const [first, ...others] = uses;
  if (first === undefined) return 'nobody found';
  return `${printableName(first.file)}:${first.line}${others.length === 0 ? '' : ` and ${others.length} more`}`;
}
