/** What stands in output where a secret stood. */
export const redacted = '<REDACTED>';

/** True for a variable of nginx or a shell, which tells nothing. */
export function isVariable(value: string): boolean {
  return /^\$(?:\w+|\{\w+\})$/.test(value);
}

export interface AssignmentRules {
  /** Whether what this name is set to must go. `before` is the word before it, of foreign text only. */
  isSecret(name: string, before: string): boolean;
  /**
   * What other programs print has more shapes than our own: quotes within quotes, headers to the end of
   * their line, lists, blocks of YAML, a value that no quote ends.
   */
  isForeign: boolean;
}

/**
 * `text` without what secret names are set to: `password=x`, `"token": "x"`, `'secret' => 'x'`.
 *
 * Goes from one `=` or `:` to the next and looks both ways from each, so that no part is read more than
 * a few times whatever the text is made of: a regular expression that tries a name from every sign on
 * takes hours for a megabyte of `a-a-a-`.
 */
export function hideAssigned(text: string, rules: AssignmentRules): string {
  let out = '';
  let kept = 0;
  for (
    let at = separatorFrom(text, 0);
    at !== -1;
    at = separatorFrom(text, Math.max(at + 1, kept))
  ) {
    const name = nameBefore(text, at, kept, rules.isForeign);
    if (name === undefined) continue;
    const before = rules.isForeign ? wordBefore(text, name.from, kept) : '';
    if (!rules.isSecret(name.text, before)) continue;
    const value = valueAfter(text, at, name, rules.isForeign);
    if (value === undefined || isHarmless(text, name, value)) continue;
    out += text.slice(kept, value.from) + redacted;
    kept = value.to;
  }
  return kept === 0 ? text : out + text.slice(kept);
}

/** A variable in an address, and what another rule has hidden, with the sign of the sentence around it. */
function isHarmless(text: string, { from }: Name, value: Span): boolean {
  if (text.startsWith(redacted, value.from))
    return /^[;,.)>}\]]{0,4}$/.test(text.slice(value.from + redacted.length, value.to));
  return /[?&]/.test(text[from - 1] ?? '') && isVariable(text.slice(value.from, value.to));
}

const colon = 0x3a;
const equals = 0x3d;
const quotes = '"\'';

function separatorFrom(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === colon || code === equals) return at;
  }
  return -1;
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && /\s/.test(character);
}

function isNameCode(code: number): boolean {
  return isLetterCode(code) || (code >= 0x30 && code <= 0x39) || code === 0x2e || code === 0x2d;
}

/** Letters and `_`. */
function isLetterCode(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f;
}

interface Name {
  text: string;
  from: number;
  /** The quote right before it that is not its own: that of the whole `"Cookie: a=b"`. */
  around: string | undefined;
}

const boundary = /[\s"'{,;?&-]/;

function nameBefore(text: string, at: number, floor: number, isForeign: boolean): Name | undefined {
  let to = at;
  while (to > floor && isSpace(text[to - 1])) to -= 1;
  // `config["password"] = `, `$ENV{PASSWORD} = `.
  if (isForeign && to > floor && (text[to - 1] === ']' || text[to - 1] === '}')) to -= 1;
  const isQuoted = to > floor && quotes.includes(text[to - 1]!);
  if (isQuoted) {
    to -= 1;
    while (to > floor && text[to - 1] === '\\') to -= 1;
  }
  let from = to;
  while (from > floor && isNameCode(text.charCodeAt(from - 1))) from -= 1;
  const isBounded = isForeign
    ? text[from - 1] !== '/'
    : from === 0 || boundary.test(text[from - 1]!);
  // Within a path a name begins after a hyphen at the earliest.
  if (!isBounded) while (from < to && text[from] !== '-') from += 1;
  while (from < to && !isLetterCode(text.charCodeAt(from))) from += 1;
  // `\npassword=x` within a JSON string.
  if (isForeign && text[from - 1] === '\\' && /[nrt]/.test(text[from] ?? '')) from += 1;
  if (from >= to) return undefined;
  const before = text[from - 1];
  const around = !isQuoted && before !== undefined && quotes.includes(before) ? before : undefined;
  return { text: text.slice(from, to), from, around };
}

const longestWord = 24;
const longestNested = 2048;

/** `API` of `API key: x`. */
function wordBefore(text: string, at: number, floor: number): string {
  if (text[at - 1] !== ' ') return '';
  const from = Math.max(floor, at - 1 - longestWord);
  return /[A-Za-z]+$/.exec(text.slice(from, at - 1))?.[0] ?? '';
}

interface Span {
  from: number;
  to: number;
}

const bareEnd = /[\s"',;&{}[\]]/g;
const settingEnd = /[\s"']/g;
const listEnd = /[;"'\r\n]/g;
const lineEnd = /[\r\n]/g;
const header = /(?:^|-)(?:authorization|cookie)$/i;
/** `b'x'` of Python, `E'x'` of PostgreSQL. */
const prefix = /^(?:[bur]|br|rb|[en])$/i;

function endOf(text: string, from: number, end: RegExp): number {
  end.lastIndex = from;
  return end.exec(text)?.index ?? text.length;
}

function valueAfter(text: string, at: number, name: Name, isForeign: boolean): Span | undefined {
  let from = at + 1;
  // `=>`, `:=`, `==`.
  while (text[from] === '=' || text[from] === ':' || text[from] === '>') from += 1;
  while (isSpace(text[from])) from += 1;
  const first = text[from];
  if (first === undefined) return undefined;
  if (quotes.includes(first)) return quoted(text, from, isForeign);
  if (!isForeign) return bare(text, from, bareEnd);
  if (first === '\\') return escaped(text, from) ?? bare(text, from, bareEnd);
  if (first === '`') return { from, to: endOf(text, from + 1, /[`\r\n]/g) };
  if (first === '[' || first === '{') return nested(text, from);
  if (header.test(name.text) && text[at] === ':') {
    const end = name.around === undefined ? lineEnd : new RegExp(`[\\r\\n${name.around}]`, 'g');
    return bare(text, from, end);
  }
  if (text[name.from - 1] === ';') return bare(text, from, listEnd);
  const isEnvStyle =
    text[at] === '=' && /^[A-Z0-9_]+$/.test(name.text) && !/[?&]/.test(text[name.from - 1] ?? '');
  const value = bare(text, from, isEnvStyle ? settingEnd : bareEnd);
  if (value === undefined) return undefined;
  const word = text.slice(value.from, Math.min(value.to, value.from + 4));
  if (prefix.test(word) && quotes.includes(text[value.to] ?? ' ')) {
    return { from, to: quoted(text, value.to, true)?.to ?? value.to };
  }
  if (/^[|>][+-]?\d?$/.test(word) && /[\r\n]/.test(text[value.to] ?? ''))
    return { from, to: blockEnd(text, name.from, value.to) };
  return value;
}

function bare(text: string, from: number, end: RegExp): Span | undefined {
  let to = endOf(text, from, end);
  // Of `\"` the backslash belongs to the quote.
  while (to > from && text[to - 1] === '\\' && text[to] === '"') to -= 1;
  return to > from ? { from, to } : undefined;
}

/** From a quote to the one that ends it; of foreign text without one, to the end of the line. */
function quoted(text: string, from: number, isForeign: boolean): Span | undefined {
  const quote = text[from]!;
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\' && quote === '"') at += 1;
    else if (text[at] === quote) return { from, to: at + 1 };
  }
  return isForeign ? { from, to: endOf(text, from, lineEnd) } : undefined;
}

/** A list or an object to its end, over several lines if it has one. Without an end, to that of the line. */
function nested(text: string, from: number): Span {
  let depth = 0;
  const limit = Math.min(text.length, from + longestNested);
  for (let at = from; at < limit; at += 1) {
    const sign = text[at]!;
    if (sign === '"' || sign === "'")
      at = (quoted(text.slice(0, limit), at, false)?.to ?? at + 1) - 1;
    else if (sign === '{' || sign === '[') depth += 1;
    else if ((sign === '}' || sign === ']') && --depth === 0) return { from, to: at + 1 };
  }
  return { from, to: endOf(text, from, lineEnd) };
}

/** A value in quotes that are themselves within quotes, `\"x\"`. */
function escaped(text: string, from: number): Span | undefined {
  let at = from;
  while (text[at] === '\\') at += 1;
  if (!quotes.includes(text[at] ?? ' ')) return undefined;
  const sign = text.slice(from, at + 1);
  const end = text.indexOf(sign, at + 1);
  return { from, to: end === -1 ? endOf(text, from, lineEnd) : end + sign.length };
}

/** Where the lines end that are indented deeper than the one that begins the block. */
function blockEnd(text: string, name: number, from: number): number {
  const start = text.lastIndexOf('\n', name) + 1;
  const depth = /^[ \t-]*/.exec(text.slice(start, name))?.[0].length ?? 0;
  const line = /\r?\n([ \t]*)([^\r\n]*)/y;
  let to = from;
  for (;;) {
    line.lastIndex = to;
    const found = line.exec(text);
    if (found === null || (found[2] !== '' && found[1]!.length <= depth)) return to;
    to = line.lastIndex;
  }
}
