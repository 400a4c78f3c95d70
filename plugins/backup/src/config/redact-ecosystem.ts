import { looksSecretSetting, type Redactor, redacted } from '@om-ops/kit';
import { hideSpokenSecrets, isPlainProse, saidSecret } from '@om-ops/kit/site';
import { ecosystemLevels, type Level, level } from './ecosystem-levels.ts';
import { isPlainSetting, looksRandom } from './harmless.ts';
import { JsCode } from './js-code.ts';
import type { JsToken } from './js-tokens.ts';
import {
  hideArguments,
  isPlainAfter,
  isSecretOption,
  redactArguments,
} from './redact-arguments.ts';

/**
 * A PM2 ecosystem file, JavaScript or JSON, without secrets: values of secret-looking names, whatever
 * is not plainly harmless in `env` blocks and command lines, and in what these refer to; known values, keys
 * and tokens anywhere. The rest stays as it is written. Undefined when the text cannot be read well
 * enough to be sure.
 */
export function redactEcosystem(text: string, redactor: Redactor): string | undefined {
  const code = JsCode.of(text);
  const levels = code === undefined ? undefined : ecosystemLevels(code);
  if (code === undefined || levels === undefined) return undefined;
  const literals = new LiteralRedactor(code, levels, redactor);
  const comments = new CommentRedactor(code, levels, redactor);
  const replaced = [
    ...code.tokens.map((token, index) => ({ token, clean: literals.redact(index) })),
    ...code.comments.map((token) => ({ token, clean: comments.redact(token) })),
  ].sort((a, b) => a.token.start - b.token.start);
  let out = '';
  let written = 0;
  for (const { token, clean } of replaced) {
    out += text.slice(written, token.start) + clean;
    written = token.end;
  }
  return out + text.slice(written);
}

/** Valid in JSON too. */
const hidden = JSON.stringify(redacted);

class LiteralRedactor {
  readonly #code: JsCode;
  readonly #levels: readonly Level[];
  readonly #redactor: Redactor;

  constructor(code: JsCode, levels: readonly Level[], redactor: Redactor) {
    this.#code = code;
    this.#levels = levels;
    this.#redactor = redactor;
  }

  redact(index: number): string {
    const code = this.#code;
    const { kind } = code.tokens[index]!;
    const raw = code.raw(index);
    if (kind === 'word' || kind === 'punctuator') return raw;
    const to = this.#isName(index) ? level.plain : this.#levels[index]!;
    if (to === level.secret) return hidden;
    if (to === level.environment) return this.#isPlain(index) ? raw : hidden;
    if (this.#isAfterSecretOption(index)) return hidden;
    if (kind === 'number') return raw;
    if (kind === 'regex') {
      return to === level.arguments || this.#redactor.text(raw) !== raw ? hidden : raw;
    }
    if (to === level.arguments && !this.#isWhole(index)) return hidden;
    return this.#string(raw, to === level.arguments);
  }

  /** Of a property or a module: no value. */
  #isName(index: number): boolean {
    const code = this.#code;
    if (code.isKey(index)) return true;
    const before = code.raw(index - 1);
    if (before === 'from' || before === 'import') return true;
    if (before === '(') return /^(?:require|import)$/.test(code.raw(index - 2));
    return before === '[' && code.sign(index + 1) === ']' && /env$/i.test(code.raw(index - 2));
  }

  /** Nothing is put together of it that could be a secret. */
  #isPlain(index: number): boolean {
    const code = this.#code;
    const isNumber = code.tokens[index]!.kind === 'number';
    const name = isNumber ? code.raw(index) : code.name(index);
    if (name === undefined || !isPlainSetting(name)) return false;
    const isNegative = isNumber && code.sign(index - 1) === '-';
    const before = code.sign(isNegative ? index - 2 : index - 1);
    const after = code.sign(index + 1);
    return (
      /^(?::|=|\?|\?\?|\|\||[!=]==?)$/.test(before) && /^(?:[,;:}?)]|\|\||\?\?|&&|)$/.test(after)
    );
  }

  /** One argument or command line as it is, with nothing put before or after it. */
  #isWhole(index: number): boolean {
    const code = this.#code;
    return (
      code.name(index) !== undefined &&
      code.sign(index - 1) !== '+' &&
      !/^(?:\+|\??\.)$/.test(code.sign(index + 1))
    );
  }

  /** `['--token', 'x']`, wherever it stands. */
  #isAfterSecretOption(index: number): boolean {
    const code = this.#code;
    if (code.sign(index - 1) !== ',' || code.isKey(index)) return false;
    const option = code.name(index - 2);
    if (option === undefined || !isSecretOption(option)) return false;
    const isArguments = this.#levels[index] === level.arguments;
    if (!isArguments && /^-[a-zA-Z]$/.test(option)) return false;
    const value = code.name(index) ?? code.raw(index);
    return !isPlainAfter(option, value);
  }

  #string(raw: string, isArguments: boolean): string {
    const value = raw.slice(1, -1);
    const unescaped = value.replace(/\\(.)/gs, '$1');
    // Long paths hold numbers too; addresses hold tokens.
    const text = value.includes('://') ? value : value.replace(/[\w.-]*\/[\w./-]*/g, '');
    if (looksRandom(text)) return hidden;
    const known = this.#redactor.text(value);
    const clean = isArguments ? redactArguments(known) : hideArguments(known);
    // What is left of a string around a placeholder need not be a string any more.
    if (clean !== value) return JSON.stringify(clean.replaceAll('\\', ''));
    return this.#redactor.text(unescaped) === unescaped ? raw : hidden;
  }
}

class CommentRedactor {
  readonly #code: JsCode;
  readonly #levels: readonly Level[];
  readonly #redactor: Redactor;

  constructor(code: JsCode, levels: readonly Level[], redactor: Redactor) {
    this.#code = code;
    this.#levels = levels;
    this.#redactor = redactor;
  }

  redact({ start, end }: JsToken): string {
    const code = this.#code;
    const after = code.tokens.findIndex((token) => token.start >= end);
    const around = after === -1 ? [] : [this.#levels[after - 1], this.#levels[after]];
    const isStrict = around.some((to) => (to ?? level.plain) > level.plain);
    return code.text
      .slice(start, end)
      .split('\n')
      .map((line) => this.#line(line, isStrict))
      .join('\n');
  }

  /** A line of plain words, or outside of environments one plain setting, stays; nothing else can be judged. */
  #line(line: string, isStrict: boolean): string {
    const [, head = '', body = '', end = ''] =
      /^(#!(?=\/[\w/. -]+$)|\s*(?:\/\/+|\/?\*+(?!\/))?\s*)(.*?)(\s*(?:\*\/)?\s*)$/s.exec(line) ??
      [];
    const isHarmlessLine =
      head === '#!' || body === '' || isPlainProse(body) || (!isStrict && isSettingLine(body));
    const isKnown = this.#redactor.text(line) !== line;
    // A word that names a secret may be followed by one that is a plain word as well.
    const speaks = hideSpokenSecrets(body) !== body || saidSecret(body) !== undefined;
    return isHarmlessLine && !isKnown && !speaks ? line : `${head.trimEnd()} ${redacted}${end}`;
  }
}

/** `instances: 2,` */
function isSettingLine(body: string): boolean {
  const [, name = '', value = ''] = /^([\w$]+)\s*:\s*["']?([^"']*?)["']?,?$/.exec(body) ?? [];
  return name !== '' && !looksSecretSetting(name) && isPlainSetting(value);
}
