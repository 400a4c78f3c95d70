import { fromSystemError, isOpsError, messageOf, OpsError } from '../errors.ts';
import { readSmallFile } from './small-file.ts';

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

/** What a document is made of, as plain data. */
export interface ProfileContent {
  values: PlainMap;
  /** Line of each key and list item, by its path as JSON. */
  lines: Record<string, number>;
}

export function documentOf(file: string, { values, lines }: ProfileContent): ProfileDocument {
  return {
    file,
    values,
    lineOf(path) {
      for (let length = path.length; length > 0; length--) {
        const line = lines[lineKey(path.slice(0, length))];
        if (line !== undefined) return line;
      }
      return 1;
    },
  };
}

function lineKey(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String));
}

/** @throws OpsError E_SITE_INVALID (exit 2) with file and line. */
export async function readProfile(file: string): Promise<ProfileDocument> {
  return documentOf(file, await readProfileContent(file));
}

/** @throws OpsError E_SITE_INVALID (exit 2) with file and line. */
export async function readProfileContent(file: string): Promise<ProfileContent> {
  const { isMap, isScalar, isSeq, LineCounter, parseDocument } = await import('yaml');
  let text: string;
  try {
    text = readSmallFile(file, 'site profile');
  } catch (error) {
    if (isOpsError(error))
      throw invalid(error.message, ['See where om-ops looks: om-ops config path']);
    throw fromSystemError(error, 'read the site profile', file);
  }
  const counter = new LineCounter();
  const document = whileParsing(file, () =>
    parseDocument(text, { lineCounter: counter, prettyErrors: false }),
  );
  const broken = document.errors[0];
  if (broken !== undefined) {
    const { line, col } = counter.linePos(broken.pos[0]);
    throw invalid(`${file}:${line}:${col}: not valid YAML: ${broken.message.split('\n')[0]}`, [
      'Quote values that hold : # { } [ ] , & * ! | > % @',
    ]);
  }
  const values: unknown = whileParsing(file, () => document.toJS()) ?? {};
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw invalid(`${file}:1: expected keys and values, such as \`root: /srv/site\`.`, [
      'See the keys there are: om-ops config schema',
    ]);
  }
  const lines: Record<string, number> = {};
  const note = (node: unknown, path: readonly PropertyKey[]): void => {
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        if (!isScalar(key)) continue;
        const at = [...path, String(key.value)];
        if (key.range) lines[lineKey(at)] = counter.linePos(key.range[0]).line;
        note(value, at);
      }
    } else if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) {
        const at = [...path, index];
        if ((isScalar(item) || isMap(item)) && item.range) {
          lines[lineKey(at)] = counter.linePos(item.range[0]).line;
        }
        note(item, at);
      }
    }
  };
  note(document.contents, []);
  return { values: values as PlainMap, lines };
}

function invalid(message: string, suggestions: readonly string[]): OpsError {
  return new OpsError('E_SITE_INVALID', message, { exit: 'usage', suggestions });
}

/** Aliases of aliases and a thousand brackets are no mistake of ours, but the parser throws on them. */
function whileParsing<T>(file: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const why =
      error instanceof RangeError
        ? 'it is nested too deep'
        : messageOf(error).replace(/ indicates a resource exhaustion attack$/, '');
    throw invalid(`${file}: not a site profile: ${why}.`, [
      'Write it without aliases (&name, *name): om-ops config schema',
    ]);
  }
}
