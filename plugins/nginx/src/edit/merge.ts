import { type Node, named, placeOf, wordsOf } from '../config/configuration.ts';
import { effectiveHeaders, nearest, utf8 } from '../routing/effective.ts';
import { type Location, nameOf, passOf } from '../routing/locations.ts';
import { headersNamed, isSame, missingFrom, type Wanted, warningOf, written } from './baseline.ts';
import { beginsLine, behind, indentAt, lineEnding, type Splice, spliced } from './splice.ts';

export interface Edit {
  /** The file's text as latin1, before and after. */
  before: string;
  after: string;
  /** Sentences that who decides has to read. */
  warnings: string[];
  /** What could not be set, and why: sentences. */
  left: string[];
}

/**
 * Sets in a location what is wanted and does not hold there yet, and changes no other byte of the file. What is
 * said in the location itself is changed where it stands; what an included file says is left, for others use it
 * too.
 *
 * @param proxyPass put in when the location hands its requests to nobody
 */
export function merged(
  location: Location,
  wanted: readonly Wanted[],
  proxyPass: string | undefined,
): Edit {
  const { node } = location;
  const { text } = node.file;
  const warnings: string[] = [];
  const left: string[] = [];
  const splices: Splice[] = [];
  const added: string[] = proxyPass === undefined ? [] : [`proxy_pass ${proxyPass};`];
  let addsHeader = false;
  for (const one of missingFrom(node, wanted)) {
    const there = placesOf(node, one);
    const own = there.filter((place) => isWithin(place, node));
    const foreign = there.filter((place) => !own.includes(place));
    for (const place of there) {
      const warning = warningOf(one, valueIn(place, one), place);
      if (warning !== undefined && !foreign.includes(place)) warnings.push(warning);
    }
    for (const place of foreign.filter((place) => !isSame(one, valueIn(place, one), one.value)))
      left.push(
        `${labelOf(one)} is set to ${valueIn(place, one)} by ${placeOf(place)}, which may be included elsewhere too; it was left. For the baseline it has to be ${one.value} there.`,
      );
    for (const place of own) splices.push(valueSplice(place, one));
    if (there.length > 0) continue;
    const outer = one.header === undefined ? nearest(node, one.name) : undefined;
    const warning =
      outer === undefined ? undefined : warningOf(one, utf8(wordsOf(outer).join(' ')), outer);
    if (warning !== undefined) warnings.push(warning);
    added.push(written(one));
    addsHeader ||= one.header !== undefined;
  }
  if (addsHeader && named(node.children, 'proxy_set_header').length === 0)
    added.push(...inheritedHeaders(node, wanted, warnings));
  if (added.length > 0) splices.push(insertion(node, headersTogether(added)));
  return { before: text, after: spliced(text, splices), warnings, left };
}

function headersTogether(lines: readonly string[]): string[] {
  const isHeader = (line: string) => line.startsWith('proxy_set_header');
  const first = lines.findIndex(isHeader);
  if (first === -1) return [...lines];
  const others = lines.filter((line) => !isHeader(line));
  return [...others.slice(0, first), ...lines.filter(isHeader), ...others.slice(first)];
}

/** Where the location itself, or a file it includes, says it. */
function placesOf(node: Node, { name, header }: Wanted): Node[] {
  const found = named(node.children, name);
  return header === undefined
    ? found
    : found.filter((one) => wordsOf(one)[0]?.toLowerCase() === header.toLowerCase());
}

function valueIn(place: Node, { header }: Wanted): string {
  return utf8(
    wordsOf(place)
      .slice(header === undefined ? 0 : 1)
      .join(' '),
  );
}

function labelOf({ name, header }: Wanted): string {
  return header === undefined ? name : `${name} ${header}`;
}

function valueSplice({ directive }: Node, { header, value }: Wanted): Splice {
  const args = directive.args.slice(header === undefined ? 0 : 1);
  const [first, last] = [args[0], args.at(-1)];
  // A header without a value is refused by nginx: it is there.
  if (first === undefined || last === undefined) throw new Error(`${directive.name} has no value`);
  return { start: first.start, end: last.end, text: value };
}

/**
 * A location with one `proxy_set_header` of its own loses all those from outside: they are written into it, as
 * far as the baseline does not say them itself.
 */
function inheritedHeaders(node: Node, wanted: readonly Wanted[], warnings: string[]): string[] {
  const known = new Set(wanted.map(({ header }) => header?.toLowerCase()));
  const outer = effectiveHeaders(node);
  const lines = outer
    .filter((one) => !known.has(wordsOf(one)[0]?.toLowerCase()))
    .map(({ file, directive }) => file.text.slice(directive.start, directive.end));
  for (const one of wanted) {
    if (one.header === undefined) continue;
    for (const place of headersNamed(node, one.header)) {
      const warning = warningOf(one, valueIn(place, one), place);
      if (warning !== undefined) warnings.push(warning);
    }
  }
  // What holds by inheritance so far holds no more.
  const kept = wanted
    .filter((one) => one.header !== undefined && !missingFrom(node, [one]).length)
    .map(written);
  return [...kept, ...lines];
}

/** Behind `proxy_pass`, or first in the block. */
function insertion(node: Node, lines: readonly string[]): Splice {
  const { text } = node.file;
  const { block } = node.directive;
  const pass = passOf(node);
  const eol = lineEnding(text);
  const indent = innerIndent(node);
  const isOwn = pass !== undefined && isWithin(pass, node);
  const at = isOwn ? behind(text, pass.directive.end) : behind(text, block?.start ?? 0);
  const put = lines.map((line) => `${eol}${indent}${line}`).join('');
  // `location /api/ { }`: what comes next on the line gets one of its own.
  const endsLine = /^\r?\n/.test(text.slice(at, at + 2));
  return {
    start: at,
    end: at,
    text: endsLine ? put : `${put}${eol}${indentAt(text, node.directive.start)}`,
  };
}

function isWithin(inner: Node, outer: Node): boolean {
  const [one, all] = [inner.directive, outer.directive];
  return inner.file === outer.file && one.start >= all.start && one.end <= all.end;
}

/** How the directives of a block are indented, or would be. */
export function innerIndent(node: Node): string {
  const { text } = node.file;
  const own = node.directive.block?.directives ?? [];
  const first = own.find(({ start }) => beginsLine(text, start));
  if (first !== undefined) return indentAt(text, first.start);
  const outer = indentAt(text, node.directive.start);
  return outer + (outer.includes('\t') ? '\t' : '    ');
}

/**
 * A location with nothing but the baseline in it, as om-recovery wrote it.
 *
 * @param proxyPass where its requests go
 */
export function replaced(location: Location, wanted: readonly Wanted[], proxyPass: string): Edit {
  const { node } = location;
  const { text } = node.file;
  const { start, end } = node.directive.block as { start: number; end: number };
  const eol = lineEnding(text);
  const indent = innerIndent(node);
  const lines = [`proxy_pass ${proxyPass};`, ...wanted.map(written)];
  const body = `${lines.map((line) => `${eol}${indent}${line}`).join('')}${eol}${indentAt(text, node.directive.start)}`;
  const known = new Set(['proxy_pass', ...wanted.map(({ name }) => name)]);
  const lost = node.children.filter(({ directive }) => !known.has(directive.name));
  const other = named(node.children, 'proxy_set_header').filter(
    (one) => !wanted.some(({ header }) => header?.toLowerCase() === wordsOf(one)[0]?.toLowerCase()),
  );
  const gone = [...lost, ...other].map((one) => `${one.directive.name} (${placeOf(one)})`);
  return {
    before: text,
    after: spliced(text, [{ start, end, text: body }]),
    warnings:
      gone.length === 0
        ? []
        : [`${nameOf(location)} loses what else stands in it: ${gone.join(', ')}.`],
    left: [],
  };
}

/** A new location at the end of a server. */
export function inserted(server: Node, lines: readonly string[]): Edit {
  const { text } = server.file;
  const eol = lineEnding(text);
  const { end } = server.directive.block as { end: number };
  const indent = innerIndent(server);
  const outer = indentAt(text, server.directive.start);
  const put = lines.map((line) => `${indent}${line}`).join(eol);
  const edit = beginsLine(text, end)
    ? { at: text.lastIndexOf('\n', end - 1) + 1, put: `${eol}${put}${eol}` }
    : { at: end, put: `${eol}${put}${eol}${outer}` };
  return {
    before: text,
    after: spliced(text, [{ start: edit.at, end: edit.at, text: edit.put }]),
    warnings: [],
    left: [],
  };
}

/** The lines of a new location. */
export function snippet(
  location: string,
  wanted: readonly Wanted[],
  proxyPass: string,
  unit = '    ',
): string[] {
  return [
    `location ${location} {`,
    ...[`proxy_pass ${proxyPass};`, ...wanted.map(written)].map((line) => `${unit}${line}`),
    '}',
  ];
}
