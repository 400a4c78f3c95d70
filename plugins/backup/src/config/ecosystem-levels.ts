import { looksSecretSetting } from '@om-ops/kit';
import type { JsCode } from './js-code.ts';

/** How a literal at a place is looked at, from what tells least to what tells most. */
export const level = { plain: 0, arguments: 1, environment: 2, secret: 3 } as const;
export type Level = (typeof level)[keyof typeof level];

/**
 * The level of every token of an ecosystem file: values below or assigned to `env…`, to arguments and
 * to secret-looking names, and what they refer to by name. Undefined when that cannot be told for sure,
 * as with values that come out of a function of the file.
 */
export function ecosystemLevels(code: JsCode): readonly Level[] | undefined {
  return new LevelFinder(code).run();
}

const argumentNames =
  /^(?:(?:node|interpreter|script|exec|cmd|v8)?[-_]?arg(?:ument)?s|argv|node[-_]?options)$/i;
const assignment = /^(?:=|\?\?=|\+=)$/;
/** Words that are no names of values in the file. */
const commonWords: ReadonlySet<string> = new Set(
  `process require module exports import from Object JSON Array String Number Boolean Math Date Buffer console
  parseInt parseFloat undefined NaN null true false new return const let var function async await typeof void
  if else for of in this class throw try catch finally switch case default do while delete path os fs __dirname
  __filename yield instanceof get set static join resolve`.split(/\s+/),
);

class LevelFinder {
  readonly #code: JsCode;
  readonly #levels: Level[];
  /** Names that stand in a marked value. */
  readonly #referred = new Set<string>();
  #changed = false;
  #inDoubt = false;

  constructor(code: JsCode) {
    this.#code = code;
    this.#levels = code.tokens.map(() => level.plain);
  }

  run(): readonly Level[] | undefined {
    do {
      this.#changed = false;
      for (let index = 0; index < this.#levels.length; index++) this.#look(index);
      this.#refer();
    } while (this.#changed && !this.#inDoubt);
    return this.#inDoubt ? undefined : this.#levels;
  }

  #mark(start: number, end: number, to: Level): void {
    for (let index = start; index < end; index++) {
      if (this.#levels[index]! >= to) continue;
      this.#levels[index] = to;
      this.#changed = true;
    }
  }

  #look(index: number): void {
    const code = this.#code;
    const sign = code.sign(index);
    if (sign === ':' || assignment.test(sign)) {
      // `||=` and `&&=` are two tokens.
      const target = /^(?:\|\||&&)$/.test(code.sign(index - 1)) ? index - 2 : index - 1;
      const to = this.#levelOfTarget(target, sign === ':');
      if (to > level.plain) this.#mark(index + 1, code.endOfExpression(index + 1), to);
    }
    if (code.isWord(index)) {
      if (/^(?:const|let|var)$/.test(code.raw(index))) this.#declaration(index);
      if (this.#isEnvironment(index)) this.#use(index);
    } else if (/^env(?:_\w+)?$/i.test(code.name(index) ?? '') && !code.isKey(index)) {
      this.#use(index);
    }
  }

  #isEnvironment(index: number): boolean {
    const raw = this.#code.raw(index);
    if (isEnvName(raw)) return true;
    return (
      this.#referred.has(raw) && this.#code.sign(index - 1) !== '.' && !this.#code.isKey(index)
    );
  }

  #levelOfVariable(name: string): Level {
    const to = this.#levelOfName(name);
    return to < level.environment && this.#referred.has(name) ? level.environment : to;
  }

  #levelOfName(name: string): Level {
    if (looksSecretSetting(name)) return level.secret;
    if (isEnvName(name)) return level.environment;
    return argumentNames.test(name) ? level.arguments : level.plain;
  }

  /** Of `a.b['c'][0]` that ends at an index, or of the key `c`, the highest of all its names. */
  #levelOfTarget(end: number, isKey: boolean): Level {
    const code = this.#code;
    let highest: Level = level.plain;
    const take = (to: Level) => {
      if (to > highest) highest = to;
    };
    for (let at = end; at >= 0; ) {
      const name = code.name(at);
      if (name !== undefined) {
        const isMember = /^\??\.$/.test(code.sign(at - 1));
        take(isKey || isMember ? this.#levelOfName(name) : this.#levelOfVariable(name));
        if (isKey || !isMember) return highest;
        at -= 2;
      } else if (code.sign(at) === ']') {
        const start = code.partner(at);
        take(start === at - 2 ? this.#levelOfIndex(at - 1) : level.environment);
        if (isKey || start <= 0) return highest;
        at = start - 1;
        if (/^\??\.$/.test(code.sign(at))) at -= 1;
      } else if (code.sign(at) === ')') {
        at = code.partner(at) - 1;
      } else return highest;
    }
    return highest;
  }

  /** Which name a variable stands for cannot be known. */
  #levelOfIndex(index: number): Level {
    const { kind } = this.#code.tokens[index]!;
    if (kind === 'number') return level.plain;
    const name = this.#code.name(index);
    return kind === 'word' || name === undefined ? level.environment : this.#levelOfName(name);
  }

  /** `const {a, b} = …`, `for (const x of …)`. */
  #declaration(index: number): void {
    const code = this.#code;
    const end = /^[[{]$/.test(code.sign(index + 1)) ? code.partner(index + 1) : index + 1;
    const sign = code.raw(end + 1);
    if (sign !== '=' && sign !== 'of' && sign !== 'in') return;
    let highest: Level = level.plain;
    for (let at = index + 1; at <= end; at++) {
      if (!code.isWord(at)) continue;
      const to = this.#levelOfVariable(code.raw(at));
      if (to > highest) highest = to;
    }
    const last = code.endOfExpression(end + 2);
    if (highest > level.plain) this.#mark(end + 2, last, highest);
    // Another name for the whole environment: `const e = process.env`.
    const alias = code.raw(index + 1);
    if (end === index + 1 && isEnvName(code.raw(last - 1)) && !this.#referred.has(alias)) {
      this.#referred.add(alias);
      this.#changed = true;
    }
  }

  /** What stands in brackets with an environment, or is given to a function of it. */
  #use(index: number): void {
    const code = this.#code;
    const isIndex = code.sign(index - 1) === '[' && code.sign(index + 1) === ']';
    const first = isIndex ? index - 1 : index;
    let next = isIndex ? index + 2 : index + 1;
    const isRead = /^\??\.$|^\[$/.test(code.sign(next));
    for (;;) {
      if (/^\??\.$/.test(code.sign(next)) && code.isWord(next + 1)) next += 2;
      else if (code.sign(next) === '[') next = code.partner(next) + 1;
      else break;
    }
    if (code.sign(next) === '(') {
      const end = code.partner(next);
      this.#mark(next, end + 1, level.environment);
      if (code.sign(end + 1) === '{') {
        this.#mark(end + 1, code.partner(end + 1), level.environment);
      }
    }
    if (isRead && code.raw(index - 2) === 'process') return;
    const open = code.opener(first);
    if (this.#isParameter(index)) this.#inDoubt = true;
    else if (code.sign(open) === '(') this.#mark(open, code.partner(open) + 1, level.environment);
  }

  /** Its value stands wherever the function is called. */
  #isParameter(index: number): boolean {
    const code = this.#code;
    if (code.isKey(index) || code.sign(index - 1) === '.') return false;
    if (code.sign(index + 1) === '=>') return this.#levels[index]! < level.environment;
    for (let open = code.opener(index); open >= 0; open = code.opener(open)) {
      if (code.sign(open) !== '(') continue;
      const after = code.sign(code.partner(open) + 1);
      const isStatement = /^(?:if|while|for|switch|with)$/.test(code.raw(open - 1));
      if ((after === '{' || after === '=>') && !isStatement) {
        return this.#levels[open]! < level.environment;
      }
      return false;
    }
    return false;
  }

  #refer(): void {
    const code = this.#code;
    for (const [index, to] of this.#levels.entries()) {
      const raw = code.raw(index);
      if (to === level.plain || !code.isWord(index) || code.isKey(index)) continue;
      if (/^\??\.$/.test(code.sign(index - 1)) || commonWords.has(raw)) continue;
      // Of what it is a part of, only the environment counts.
      if (this.#goesOnWithEnvironment(index) || this.#referred.has(raw)) continue;
      this.#referred.add(raw);
      this.#changed = true;
    }
  }

  #goesOnWithEnvironment(index: number): boolean {
    const code = this.#code;
    for (let at = index + 1; ; ) {
      if (/^\??\.$/.test(code.sign(at)) && code.isWord(at + 1)) {
        if (isEnvName(code.raw(at + 1))) return true;
        at += 2;
      } else if (code.sign(at) === '[') at = code.partner(at) + 1;
      else return false;
    }
  }
}

function isEnvName(name: string): boolean {
  return /env/i.test(name);
}
