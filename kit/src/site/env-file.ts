import { fromSystemError } from '../errors.ts';
import { isPhp, parsePhpConstants } from './php-constants.ts';
import { readSmallFile } from './small-file.ts';

export type EnvQuote = '"' | "'" | '`' | '';

interface EnvLineBase {
  /** The lines of the file this stands on, without the last line ending; `\r\n` has become `\n`. */
  raw: string;
  /** Counted from 1. */
  startLine: number;
  endLine: number;
}

export interface EnvAssignment extends EnvLineBase {
  kind: 'assignment';
  key: string;
  /** As dotenv reads it: without quotes, `\n` and `\r` of double quotes expanded. */
  value: string;
  /** Everything that may belong to the value, as it stands in the file: quotes, and what dotenv takes for a comment although it may be the end of a password. */
  written: string;
  quote: EnvQuote;
  exported: boolean;
  separator: '=' | ':';
  /** What is certainly a comment after the value, from its `#` on. */
  comment?: string;
  /** A quote was opened and never closed: dotenv reads one line, the writer meant more. */
  open: boolean;
}

export type EnvLine = EnvAssignment | (EnvLineBase & { kind: 'blank' | 'comment' | 'malformed' });

const head = /^[^\S\n]*(export[^\S\n]+)?([\w.-]+)(?:[^\S\n]*(=)|(:)(?=[^\S\n]))[^\S\n]*/;

/**
 * Reads an env file as dotenv does, and keeps what it read it from: one tokenizer for those who want
 * the values and for those who must hide them, so that the two never differ. Of a PHP file it reads the
 * constants, as of WordPress' `wp-config.php`.
 */
export function parseEnvFile(text: string): EnvLine[] {
  const source = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  if (isPhp(source)) return parsePhpConstants(source);
  const lines: EnvLine[] = [];
  let line = 1;
  for (let at = 0; at < source.length; ) {
    const end = lineEnd(source, at);
    const raw = source.slice(at, end);
    const matched = head.exec(raw);
    const trimmed = raw.trim();
    if (trimmed === '' || trimmed.startsWith('#') || matched === null) {
      const kind = trimmed === '' ? 'blank' : trimmed.startsWith('#') ? 'comment' : 'malformed';
      lines.push({ kind, raw, startLine: line, endLine: line });
      at = end + 1;
      line += 1;
      continue;
    }
    const value = readValue(source, at + matched[0].length);
    const endLine = line + count(source, '\n', at, value.end);
    const { end: stop, ...read } = value;
    lines.push({
      kind: 'assignment',
      key: matched[2]!,
      exported: matched[1] !== undefined,
      separator: matched[3] === undefined ? ':' : '=',
      ...read,
      raw: source.slice(at, stop),
      startLine: line,
      endLine,
    });
    at = stop + 1;
    line = endLine + 1;
  }
  return lines;
}

/**
 * The assignments of an env file by key; of a key that is there twice, the last one.
 *
 * @throws OpsError E_NOT_FOUND, E_PERMISSION, E_NOT_A_FILE, E_TOO_LARGE (exit 5), E_IO.
 */
export function readEnvFile(path: string): Map<string, EnvAssignment> {
  let text: string;
  try {
    text = readSmallFile(path, 'env file');
  } catch (error) {
    throw fromSystemError(error, 'read the env file', path);
  }
  return envAssignments(parseEnvFile(text));
}

/** By key; of a key that is there twice, the last one. */
export function envAssignments(lines: readonly EnvLine[]): Map<string, EnvAssignment> {
  const found = new Map<string, EnvAssignment>();
  for (const line of lines) if (line.kind === 'assignment') found.set(line.key, line);
  return found;
}

/** Everything in these lines that must not be shown: each value as read and as written. */
export function envSecrets(lines: readonly EnvLine[]): string[] {
  const secrets = new Set<string>();
  for (const line of lines) {
    if (line.kind !== 'assignment') continue;
    secrets.add(line.value);
    secrets.add(line.written.trim());
    if (line.quote !== '') secrets.add(line.written.trim().slice(1, -1));
  }
  secrets.delete('');
  return [...secrets];
}

type ValueRead = Pick<EnvAssignment, 'value' | 'written' | 'quote' | 'comment' | 'open'> & {
  /** Where the last line of the value ends. */
  end: number;
};

function readValue(source: string, start: number): ValueRead {
  const first = source[start];
  if (first === '"' || first === "'" || first === '`') {
    const close = closingQuote(source, start, first);
    if (close !== undefined) return readQuoted(source, start, close, first);
  }
  const end = lineEnd(source, start);
  const rest = source.slice(start, end);
  const hash = rest.indexOf('#');
  const value = (hash === -1 ? rest : rest.slice(0, hash)).trim();
  // A `#` glued to a word may be a part of a password that dotenv cuts off.
  const certain =
    hash !== -1 && /^\s?$/.test(rest[hash + 1] ?? '') && (hash === 0 || /\s/.test(rest[hash - 1]!));
  const isQuote = first === '"' || first === "'" || first === '`';
  return {
    value: isQuote ? expand(value.replace(/^(["'`])(.*)\1$/s, '$2'), first) : value,
    written: certain && !isQuote ? rest.slice(0, hash) : rest,
    quote: '',
    open: isQuote && count(source, first, start, end) % 2 === 1,
    end,
    ...(certain && !isQuote ? { comment: rest.slice(hash) } : {}),
  };
}

function readQuoted(source: string, start: number, close: number, quote: EnvQuote): ValueRead {
  const end = lineEnd(source, close);
  const inner = source.slice(start + 1, close);
  const comment = source.slice(close + 1, end).trim();
  return {
    value: expand(inner, quote),
    written: source.slice(start, close + 1),
    quote,
    open: false,
    end,
    ...(comment === '' ? {} : { comment }),
  };
}

function expand(text: string, quote: string): string {
  return quote === '"' ? text.replaceAll('\\n', '\n').replaceAll('\\r', '\r') : text;
}

/**
 * Where the quote ends, as dotenv's pattern finds it: at the first quote without a backslash, or,
 * when something else follows on its line, at the last one with a backslash where nothing does.
 */
function closingQuote(source: string, open: number, quote: string): number | undefined {
  const escaped: number[] = [];
  for (let at = open + 1; at < source.length; at++) {
    if (source[at] === '\\' && source[at + 1] === quote) {
      at += 1;
      escaped.push(at);
    } else if (source[at] === quote) {
      if (endsLine(source, at + 1)) return at;
      break;
    }
  }
  return escaped.findLast((at) => endsLine(source, at + 1));
}

/** True if only white space or a comment is left on the line. */
function endsLine(source: string, at: number): boolean {
  const rest = source.slice(at, lineEnd(source, at)).trimStart();
  return rest === '' || rest.startsWith('#');
}

function lineEnd(source: string, at: number): number {
  const end = source.indexOf('\n', at);
  return end === -1 ? source.length : end;
}

function count(source: string, character: string, from: number, to: number): number {
  let found = 0;
  for (let at = source.indexOf(character, from); at !== -1 && at < to; found++) {
    at = source.indexOf(character, at + 1);
  }
  return found;
}
