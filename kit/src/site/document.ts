import { readFileSync } from 'node:fs';
import { fromSystemError, OpsError } from '../errors.ts';

export type PlainValue = string | number | boolean | null | PlainValue[] | PlainMap;
export interface PlainMap {
  [key: string]: PlainValue;
}

/** A parsed profile that still knows on which line each key stands. */
export interface ProfileDocument {
  file: string;
  values: PlainMap;
  /** Line of the value at `path`, or of the nearest key above it. 1-based. */
  lineOf(path: readonly PropertyKey[]): number;
}

/** @throws OpsError E_SITE_INVALID (exit 2) with file and line. */
export async function readProfile(file: string): Promise<ProfileDocument> {
  const { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument } = await import('yaml');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw fromSystemError(error, 'read the site profile', file);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = document.errors[0];
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw new OpsError(
      'E_SITE_INVALID',
      `${file}:${line}:${col}: not valid YAML: ${broken.message.split('\n')[0]}`,
      { exit: 'usage', suggestions: ['Quote values that hold : # { } [ ] , & * ! | > % @'] },
    );
  }
  const values: unknown = document.toJS() ?? {};
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new OpsError(
      'E_SITE_INVALID',
      `${file}:1: expected keys and values, such as \`root: /srv/site\`.`,
      {
        exit: 'usage',
        suggestions: ['See the keys there are: om-ops config schema'],
      },
    );
  }
  return {
    file,
    values: values as PlainMap,
    lineOf(path) {
      let node: unknown = document.contents;
      let offset = 0;
      for (const key of path) {
        if (isMap(node)) {
          const pair = node.items.find(
            (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key),
          );
          if (pair === undefined) break;
          if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
          node = pair.value;
        } else if (isSeq(node)) {
          node = node.items[Number(key)];
          if (isScalar(node) || isMap(node)) offset = node.range?.[0] ?? offset;
        } else break;
      }
      return lines.linePos(offset).line;
    },
  };
}
