import type { Block, Directive, Word } from './directive.ts';
import { endOfLua } from './lua.ts';
import { SyntaxProblem } from './syntax-problem.ts';

const tab = 9;
const lf = 10;
const cr = 13;
const space = 32;
const doubleQuote = 34;
const sharp = 35;
const dollar = 36;
const singleQuote = 39;
const closing = 41;
const semicolon = 59;
const backslash = 92;
const open = 123;
const close = 125;

/** nginx reads files through a buffer of this size; a word, and a comment, has to fit in. */
const longestWord = 4096;

/** Blocks that know no directives of nginx: what stands there is taken by the block itself, and none opens another. */
export const tables: ReadonlySet<string> = new Set([
  'types',
  'map',
  'geo',
  'split_clients',
  'charset_map',
]);

/**
 * Reads one file after nginx's own rules (`ngx_conf_read_token`), byte for byte: everything it takes is read,
 * what it refuses as syntax is refused in its words.
 *
 * @param text the file's bytes as latin1
 * @throws SyntaxProblem
 */
export function parseNginx(text: string): Directive[] {
  return new Parser(text).file();
}

type Ended = 'directive' | 'block' | 'close' | 'file';

class Parser {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #words: Word[] = [];
  #firstLine = 1;

  constructor(text: string) {
    this.#text = text;
  }

  file(): Directive[] {
    return this.#directives(undefined);
  }

  /** @param block the directive that opened it; undefined in the file itself */
  #directives(block: string | undefined): Directive[] {
    const found: Directive[] = [];
    for (;;) {
      const ended = this.#read();
      if (ended === 'close') {
        if (block === undefined) throw this.#problem('unexpected "}"');
        return found;
      }
      if (ended === 'file') {
        if (block !== undefined) throw this.#problem('unexpected end of file, expecting "}"');
        return found;
      }
      if (ended === 'block' && block !== undefined && tables.has(block))
        throw this.#problem('unexpected "{"');
      found.push(this.#directive(ended === 'block'));
    }
  }

  #directive(hasBlock: boolean): Directive {
    const [first, ...args] = this.#words as [Word, ...Word[]];
    const directive: Directive = {
      name: first.value,
      nameEnd: first.end,
      args,
      start: first.start,
      end: this.#at,
      line: this.#firstLine,
    };
    if (!hasBlock) return directive;
    directive.block = this.#block(first.value);
    directive.end = this.#at;
    return directive;
  }

  #block(name: string): Block {
    const start = this.#at;
    if (name.endsWith('_by_lua_block')) {
      const end = endOfLua(this.#text, start);
      if (end === -1) throw this.#problem('unexpected end of file, expecting "}" of the Lua block');
      for (let at = start; at < end; at += 1) if (this.#text.charCodeAt(at) === lf) this.#line += 1;
      this.#at = end + 1;
      return { start, end, directives: [], isLua: true };
    }
    const directives = this.#directives(name);
    return { start, end: this.#at - 1, directives, isLua: false };
  }

  /** Reads words up to what ends them, and stands behind it. */
  #read(): Ended {
    const text = this.#text;
    const { length } = text;
    this.#words = [];
    let from = this.#at;
    // After a closing quote only some characters may come.
    let isAfterQuote = false;
    let isAfterWord = false;
    for (;;) {
      if (this.#at >= length) {
        if (this.#words.length > 0)
          throw this.#problem('unexpected end of file, expecting ";" or "}"');
        return 'file';
      }
      if (this.#at - from >= longestWord) throw this.#tooLong(from);
      const ch = text.charCodeAt(this.#at);
      if (ch === lf) this.#line += 1;
      if (ch === space || ch === tab || ch === cr || ch === lf) {
        // The buffer lets go of a word with the second character behind it.
        if (!isAfterWord) from = this.#at;
        isAfterQuote = false;
        isAfterWord = false;
        this.#at += 1;
        continue;
      }
      if (isAfterQuote && ch !== semicolon && ch !== open && ch !== closing)
        throw this.#problem(`unexpected "${text[this.#at]}"`);
      switch (ch) {
        case semicolon:
        case open:
          if (this.#words.length === 0) throw this.#problem(`unexpected "${text[this.#at]}"`);
          this.#at += 1;
          return ch === semicolon ? 'directive' : 'block';
        case close:
          if (this.#words.length > 0) throw this.#problem('unexpected "}"');
          this.#at += 1;
          return 'close';
        case sharp:
          this.#comment();
          from = this.#at;
          isAfterWord = false;
          break;
        default: {
          const isQuoted = ch === doubleQuote || ch === singleQuote;
          from = isQuoted ? this.#at + 1 : this.#at;
          if (this.#words.length === 0) this.#firstLine = this.#line;
          this.#word(ch);
          isAfterQuote = isQuoted;
          isAfterWord = true;
        }
      }
    }
  }

  #comment(): void {
    const start = this.#at;
    const end = this.#text.indexOf('\n', start);
    const behind = end === -1 ? this.#text.length : end;
    if (behind - start >= longestWord && this.#text.length > start + longestWord)
      throw this.#tooLong(start);
    this.#at = behind;
  }

  #word(first: number): void {
    const text = this.#text;
    const { length } = text;
    const start = this.#at;
    const quote = first === doubleQuote || first === singleQuote ? first : 0;
    const from = quote === 0 ? start : start + 1;
    const line = this.#line;
    const limit = from + longestWord;
    let at = start + 1;
    let isEscaped = first === backslash;
    let isVariable = first === dollar;
    let hasEscape = isEscaped;
    for (; ; at += 1) {
      if (at >= length) throw this.#problem('unexpected end of file, expecting ";" or "}"');
      if (at >= limit) throw this.#tooLong(from, line, quote);
      const ch = text.charCodeAt(at);
      if (ch === lf) this.#line += 1;
      if (isEscaped) {
        isEscaped = false;
        continue;
      }
      if (isVariable && ch === open) continue;
      isVariable = ch === dollar;
      if (ch === backslash) {
        isEscaped = true;
        hasEscape = true;
      } else if (quote !== 0) {
        if (ch === quote) break;
      } else if (
        ch === space ||
        ch === tab ||
        ch === cr ||
        ch === lf ||
        ch === semicolon ||
        ch === open
      ) {
        // Read again by whoever reads what is between words.
        if (ch === lf) this.#line -= 1;
        break;
      }
    }
    const written = text.slice(from, at);
    const end = quote === 0 ? at : at + 1;
    this.#words.push({ start, end, value: hasEscape ? unescaped(written) : written });
    this.#at = end;
  }

  #tooLong(start: number, line = this.#line, quote = 0): SyntaxProblem {
    return new SyntaxProblem(
      quote === 0
        ? `too long parameter "${this.#text.slice(start, start + 10)}..." started`
        : `too long parameter, probably missing terminating "${String.fromCharCode(quote)}" character`,
      line,
    );
  }

  #problem(message: string): SyntaxProblem {
    return new SyntaxProblem(message, this.#line);
  }
}

const escapes: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n' };

function unescaped(written: string): string {
  return written.replace(/\\(["'\\trn])/g, (_, ch: string) => escapes[ch] ?? ch);
}
