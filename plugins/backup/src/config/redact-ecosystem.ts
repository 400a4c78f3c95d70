import { looksSecretSetting, type Redactor, redacted } from '@om-ops/kit';
import { isHarmless, looksRandom } from './harmless.ts';
import { type JsToken, jsTokens } from './js-tokens.ts';

/**
 * A PM2 ecosystem file, JavaScript or JSON, without secrets: values of secret-looking names, whatever
 * is not plainly harmless in `env` blocks, known values, keys and tokens anywhere. The rest stays as it is
 * written. Undefined when the text cannot be read well enough to be sure.
 */
export function redactEcosystem(text: string, redactor: Redactor): string | undefined {
  const tokens = jsTokens(text);
  if (tokens === undefined) return undefined;
  return new EcosystemRedactor(text, tokens, redactor).run();
}

interface Block {
  /** The bracket that closes it. */
  close: string;
  /** Values below an `env` key. */
  isEnv: boolean;
}

/** Valid in JSON too. */
const hiddenString = JSON.stringify(redacted);

const closing: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' };

class EcosystemRedactor {
  readonly #text: string;
  readonly #tokens: readonly JsToken[];
  readonly #redactor: Redactor;
  readonly #out: string[] = [];
  #written = 0;

  constructor(text: string, tokens: readonly JsToken[], redactor: Redactor) {
    this.#text = text;
    this.#tokens = tokens;
    this.#redactor = redactor;
  }

  run(): string | undefined {
    const blocks: Block[] = [];
    let pendingEnv = false;
    for (let index = 0; index < this.#tokens.length; index++) {
      const token = this.#tokens[index]!;
      const raw = this.#raw(token);
      const name = this.#nameBefore(index);
      if (name !== undefined) {
        const end = this.#endOfValue(index);
        if (looksSecretSetting(name)) {
          if (this.#holdsLiteral(index, end)) {
            const last = this.#tokens[end - 1]!;
            this.#replace(token.start, last.end, hiddenString);
            index = end - 1;
            continue;
          }
        }
        pendingEnv = /^env(?:$|[_A-Z])/.test(name);
      }
      if (token.kind === 'comment') this.#replace(token.start, token.end, this.#comment(raw));
      else if (token.kind === 'string' || token.kind === 'template') {
        const inEnv = blocks.at(-1)?.isEnv === true && !this.#isKey(index);
        this.#literal(token, raw, inEnv);
      } else if (token.kind === 'punctuator') {
        const close = closing[raw];
        if (close !== undefined) {
          blocks.push({ close, isEnv: pendingEnv || blocks.at(-1)?.isEnv === true });
          pendingEnv = false;
        } else if (/^[)\]}]$/.test(raw) && blocks.pop()?.close !== raw) return undefined;
      }
    }
    if (blocks.length > 0) return undefined;
    this.#out.push(this.#text.slice(this.#written));
    return this.#out.join('');
  }

  #raw(token: JsToken | undefined): string {
    return token === undefined ? '' : this.#text.slice(token.start, token.end);
  }

  #replace(start: number, end: number, text: string): void {
    this.#out.push(this.#text.slice(this.#written, start), text);
    this.#written = end;
  }

  /** The name whose value starts here: `NAME: …`, `NAME = …`, `x['NAME'] = …`. */
  #nameBefore(index: number): string | undefined {
    if (this.#tokens[index]!.kind === 'comment') return undefined;
    const signAt = this.#neighbour(index, -1);
    if (!/^[:=]$/.test(this.#raw(this.#tokens[signAt]))) return undefined;
    let at = this.#neighbour(signAt, -1);
    if (this.#raw(this.#tokens[at]) === ']') at = this.#neighbour(at, -1);
    const before = this.#tokens[at];
    if (before?.kind !== 'word' && before?.kind !== 'string') return undefined;
    return this.#raw(before).replace(/^["']|["']$/g, '');
  }

  #isKey(index: number): boolean {
    const next = this.#neighbour(index, 1);
    const raw = this.#raw(this.#tokens[next]);
    return (
      raw === ':' ||
      (raw === ']' && /^[:=]$/.test(this.#raw(this.#tokens[this.#neighbour(next, 1)])))
    );
  }

  /** The next token that way which is no comment. */
  #neighbour(index: number, step: 1 | -1): number {
    let at = index + step;
    while (this.#tokens[at]?.kind === 'comment') at += step;
    return at;
  }

  /** The index after the last token of the expression that starts here. */
  #endOfValue(start: number): number {
    let depth = 0;
    for (let index = start; index < this.#tokens.length; index++) {
      const raw = this.#tokens[index]!.kind === 'punctuator' ? this.#raw(this.#tokens[index]) : '';
      if (depth === 0 && /^[,;)\]}]$/.test(raw)) return index;
      if (depth === 0 && index > start && this.#startsStatement(index)) return index;
      if (closing[raw] !== undefined) depth += 1;
      if (/^[)\]}]$/.test(raw)) depth -= 1;
    }
    return this.#tokens.length;
  }

  /** Without semicolons a new line that starts with a word ends the statement before it. */
  #startsStatement(index: number): boolean {
    const token = this.#tokens[index]!;
    const before = this.#tokens[index - 1]!;
    return (
      token.kind === 'word' &&
      before.kind !== 'punctuator' &&
      this.#text.slice(before.end, token.start).includes('\n')
    );
  }

  #holdsLiteral(start: number, end: number): boolean {
    return this.#tokens
      .slice(start, end)
      .some(({ kind }) => kind === 'string' || kind === 'template' || kind === 'number');
  }

  #literal(token: JsToken, raw: string, inEnv: boolean): void {
    const value = raw.slice(1, -1);
    const unescaped = value.replace(/\\(.)/gs, '$1');
    const isSecret =
      (inEnv && !isHarmless(value)) || looksRandom(value.replace(/[\w.-]*\/[\w./-]*/g, ''));
    if (isSecret) {
      this.#replace(token.start, token.end, hiddenString);
      return;
    }
    const clean = hideArguments(this.#redactor.text(value));
    if (clean !== value) {
      // What is left of a string around a placeholder need not be a string any more.
      this.#replace(token.start, token.end, JSON.stringify(clean.replaceAll('\\', '')));
    } else if (this.#redactor.text(unescaped) !== unescaped) {
      this.#replace(token.start, token.end, hiddenString);
    }
  }

  #comment(raw: string): string {
    return raw
      .split('\n')
      .map((line) => this.#commentLine(line))
      .join('\n');
  }

  #commentLine(line: string): string {
    const end = /\*\/\s*$/.exec(line)?.[0] ?? '';
    const body = line.slice(0, line.length - end.length);
    const setting = /([\w$-]+)["']?\]?\s*[:=]\s*(?=\S)/g;
    for (const match of body.matchAll(setting)) {
      if (!looksSecretSetting(match[1]!)) continue;
      return `${body.slice(0, match.index + match[0].length)}${redacted}${end}`;
    }
    return looksRandom(body.replace(/\S*\/\/?\S*/g, ''))
      ? `${/^\s*(?:\/\/|\/?\*)?/.exec(body)?.[0] ?? ''} ${redacted}${end}`
      : hideArguments(this.#redactor.text(body)) + end;
  }
}

/** `--password x`, `--token=x` in the middle of a text. */
function hideArguments(text: string): string {
  return text.replace(
    /(--?)([A-Za-z][\w-]*)(=|\s+)("[^"]*"|'[^']*'|[^\s"']+)/g,
    (whole, dashes: string, name: string, gap: string) =>
      looksSecretSetting(name) ? `${dashes}${name}${gap}${redacted}` : whole,
  );
}
