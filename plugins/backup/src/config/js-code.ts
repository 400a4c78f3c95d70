import { type JsToken, jsTokens } from './js-tokens.ts';

const closing: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' };

/** JavaScript or JSON as tokens without comments, and which bracket belongs to which. */
export class JsCode {
  readonly text: string;
  readonly tokens: readonly JsToken[];
  readonly comments: readonly JsToken[];
  /** Index of the bracket that opens or closes with this one; -1 for what is no bracket. */
  readonly #partner: readonly number[];
  /** Index of the innermost bracket that is open at a token; -1 outside of all. */
  readonly #opener: readonly number[];

  private constructor(text: string, all: readonly JsToken[], pairs: Brackets) {
    this.text = text;
    this.tokens = all.filter(({ kind }) => kind !== 'comment');
    this.comments = all.filter(({ kind }) => kind === 'comment');
    this.#partner = pairs.partner;
    this.#opener = pairs.opener;
  }

  /** Undefined when the text cannot be cut into tokens, or its brackets do not match. */
  static of(text: string): JsCode | undefined {
    const all = jsTokens(text);
    if (all === undefined) return undefined;
    const pairs = matchBrackets(
      all
        .filter(({ kind }) => kind !== 'comment')
        .map(({ kind, start, end }) => (kind === 'punctuator' ? text.slice(start, end) : '')),
    );
    return pairs === undefined ? undefined : new JsCode(text, all, pairs);
  }

  /** As it is written; '' beyond the ends. */
  raw(index: number): string {
    const token = this.tokens[index];
    return token === undefined ? '' : this.text.slice(token.start, token.end);
  }

  /** A punctuator as it is written; '' for anything else. */
  sign(index: number): string {
    return this.tokens[index]?.kind === 'punctuator' ? this.raw(index) : '';
  }

  isWord(index: number): boolean {
    return this.tokens[index]?.kind === 'word';
  }

  /** What a string holds or a word is called; undefined for anything else. */
  name(index: number): string | undefined {
    const kind = this.tokens[index]?.kind;
    if (kind === 'word') return this.raw(index);
    if (kind === 'string') return this.raw(index).slice(1, -1);
    return kind === 'template' && !this.raw(index).includes('${')
      ? this.raw(index).slice(1, -1)
      : undefined;
  }

  partner(index: number): number {
    return this.#partner[index] ?? -1;
  }

  opener(index: number): number {
    return this.#opener[index] ?? -1;
  }

  /** `NAME` in `{NAME: …}`, in `{'NAME': …}` and in `{['NAME']: …}`: no value. */
  isKey(index: number): boolean {
    const startsProperty = (at: number) =>
      /^[{,]$/.test(this.sign(at)) && this.sign(this.opener(at + 1)) === '{';
    if (this.sign(index + 1) === ':') return startsProperty(index - 1);
    return (
      this.sign(index - 1) === '[' &&
      this.sign(index + 1) === ']' &&
      this.sign(index + 2) === ':' &&
      startsProperty(index - 2)
    );
  }

  /** The index after the last token of the expression that starts here. */
  endOfExpression(start: number): number {
    for (let index = start; index < this.tokens.length; index++) {
      if (/^[,;)\]}]$/.test(this.sign(index))) return index;
      if (index > start && this.#startsStatement(index)) return index;
      if (closing[this.sign(index)] !== undefined) index = this.partner(index);
    }
    return this.tokens.length;
  }

  /** Without semicolons a new line that starts with a word ends the statement before it. */
  #startsStatement(index: number): boolean {
    const before = index - 1;
    const isEnd = this.sign(before) === '' || /^[)\]}]$/.test(this.sign(before));
    return (
      this.isWord(index) &&
      isEnd &&
      !operators.has(this.raw(before)) &&
      !operators.has(this.raw(index)) &&
      this.text.slice(this.tokens[before]!.end, this.tokens[index]!.start).includes('\n')
    );
  }
}

/** Words that an expression goes on after. */
const operators: ReadonlySet<string> = new Set(
  'await typeof new void delete function class async yield in of instanceof extends'.split(' '),
);

interface Brackets {
  partner: number[];
  opener: number[];
}

function matchBrackets(signs: readonly string[]): Brackets | undefined {
  const partner = signs.map(() => -1);
  const opener = signs.map(() => -1);
  const open: number[] = [];
  for (const [index, sign] of signs.entries()) {
    if (/^[)\]}]$/.test(sign)) {
      const start = open.pop();
      if (start === undefined || closing[signs[start]!] !== sign) return undefined;
      partner[start] = index;
      partner[index] = start;
    }
    opener[index] = open.at(-1) ?? -1;
    if (closing[sign] !== undefined) open.push(index);
  }
  return open.length > 0 ? undefined : { partner, opener };
}
