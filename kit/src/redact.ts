import { hideAddressParameters, hideAddressPasswords } from './redact/addresses.ts';
import { hideAssigned, redacted } from './redact/assignments.ts';
import {
  hideForeignShapes,
  hidePrivateKeys,
  isKeyBody,
  looksSecretInOutput,
} from './redact/foreign.ts';
import { isSecretKey } from './redact/secret-names.ts';

export { redacted } from './redact/assignments.ts';
export { looksSecret, looksSecretSetting } from './redact/secret-names.ts';
export { type FoundToken, findTokens } from './redact/tokens.ts';

// `Basic settings` is a heading.
const bearer =
  /\b(Bearer|Basic(?!\s+[A-Z]?[a-z]+(?![A-Za-z0-9._~+/=-])))\s+[A-Za-z0-9._~+/=-]{8,}/g;

/** `DB_PASSWORD`: where a secret is found, and none. */
const settingName = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;

function isOrdinary(value: string): boolean {
  if (/^v?\d[\d.:_-]*$/.test(value)) return value.replace(/\D/g, '').length <= 14;
  return value.length <= 11 && /^(?:[a-z]+(?:[-_][a-z]+)*|[A-Z]+|[A-Z][a-z]+)$/.test(value);
}

/** Of a word of a sentence: not within a path, a name, or a date and its time. */
const wordStart = String.raw`(?<![\w/@-]|\w[.:]|\d{4}-\d\d-\d\d )`;
const wordEnd = String.raw`(?![\w/@-]|[.:]\w| \d\d:\d\d)`;

/** `pass` is a password, and in results of ours the pass over the checks of a site too. */
function isLook(name: string, value: unknown): boolean {
  return (
    name === 'pass' &&
    typeof value === 'object' &&
    value !== null &&
    'at' in value &&
    'durationMs' in value
  );
}

/**
 * Takes secrets out of text and values. It knows three kinds: values registered with {@link add},
 * values of keys that look secret, and passwords and secret parameters in URLs and authorization headers.
 */
export class Redactor {
  readonly #isSparing: boolean;
  readonly #public = new Set<string>();
  #values = new Set<string>();
  #pattern: RegExp | undefined;

  /**
   * @param options.sparing For what om-ops says itself: paths, times, states. A registered value that is
   * too ordinary to be told from these goes only where it stands as a word of a sentence, between spaces,
   * quotes or brackets: `the PIN 2026 is wrong`. It stays inside a longer token, `config-2026-11-22_1012.tar.gz`
   * with a `PIN=2026`, and where it is the whole of a value, `{"state": "complete"}` with a
   * `PASSWORD=complete`. Ordinary are numbers, dates, times and versions of at most 14 digits, and words
   * of one case of at most 11 letters, lower-case ones also with `-` or `_` between. Anything else goes
   * wherever it stands. Without it, as for files of others, there is no exception.
   */
  constructor(options: { sparing?: boolean } = {}) {
    this.#isSparing = options.sparing ?? false;
  }

  /**
   * Registers a value that must never be shown. It is taken out where it stands as a word of its own, so
   * that a short one does not eat checksums. What is too ordinary to be told from other words is left to
   * the other two rules: fewer than four characters, and lower-case words of fewer than eight, which would
   * otherwise blot out the names of folders and categories.
   */
  add(...values: readonly (string | undefined)[]): void {
    for (const value of values) {
      if (value === undefined) continue;
      // A multi-line secret is also caught when it is printed line by line.
      for (const part of [value, ...value.split(/\r?\n/)]) {
        const trimmed = part.trim();
        if (trimmed.length < 4 || /^[a-z]{1,7}$/.test(trimmed)) continue;
        this.#values.add(trimmed);
        const encoded = encodeURIComponent(trimmed);
        if (encoded !== trimmed) this.#values.add(encoded);
        const json = JSON.stringify(trimmed).slice(1, -1);
        if (json !== trimmed) this.#values.add(json);
      }
    }
    this.#pattern = undefined;
  }

  /** Registers what stays where it stands whole, whatever secret is a part of it: the path of the site. */
  keep(...values: readonly string[]): void {
    for (const value of values) if (value.length >= 4) this.#public.add(value);
    this.#pattern = undefined;
  }

  /** `text` of our own without secrets. Takes time in proportion to its length, whatever it is made of. */
  text(text: string): string {
    return hideAssigned(this.#unassigned(text), { isSecret: isSecretKey, isForeign: false });
  }

  /**
   * What another program said, without secrets: a line of a log, the output of a build, a stack trace, the
   * body of an answer. To be used where it is read; the redaction of results knows nothing of `PASSWORD=x`
   * in the middle of a string. Knows more shapes than {@link text}: JSON within JSON, headers, command
   * lines, YAML, PHP, XML, private keys, tokens that tell what they are.
   */
  foreign(text: string): string {
    const out = this.#unassigned(hidePrivateKeys(text));
    return hideForeignShapes(hideAssigned(out, { isSecret: looksSecretInOutput, isForeign: true }));
  }

  /**
   * {@link foreign} for lines that come one after the other: a private key may go over many of them, and the
   * first may be in the middle of one.
   */
  foreignLines(): (line: string) => string {
    let isInKey = false;
    return (line) => {
      if (isInKey && /^[\w+/=\s\\:,.-]*$/.test(line)) {
        isInKey = !line.includes('-----END');
        return redacted;
      }
      isInKey = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/.test(line) && !line.includes('-----END');
      return isKeyBody(line) ? redacted : this.foreign(line);
    };
  }

  /**
   * A JSON-like value without secrets, by key and inside every string: itself when it holds none, else a copy.
   * Below a secret key all goes, `{"token": {"value": "x"}}`, except the names of settings.
   */
  value<T>(value: T): T {
    return this.#value(value, false, false) as T;
  }

  // Results of a hundred thousand paths come through here: what needs no change is not copied.
  #value(value: unknown, isSecret: boolean, isBelow: boolean): unknown {
    if (typeof value === 'string') {
      if (!isSecret) return this.#known(value, true);
      return isBelow && settingName.test(value) ? value : redacted;
    }
    if (typeof value === 'number') return isSecret ? redacted : value;
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) {
      let clean: unknown[] | undefined;
      for (let at = 0; at < value.length; at += 1) {
        const item = this.#value(value[at], isSecret, true);
        if (item !== value[at]) {
          clean ??= value.slice();
          clean[at] = item;
        }
      }
      return clean ?? value;
    }
    let clean: Record<string, unknown> | undefined;
    for (const [name, before] of Object.entries(value)) {
      const isNamedSecret = isSecretKey(name) && !isLook(name, before);
      const item = this.#value(before, isSecret || isNamedSecret, isSecret);
      if (item !== before) {
        clean ??= { ...value };
        clean[name] = item;
      }
    }
    return clean ?? value;
  }

  // Inside values of results the `key=value` rule would eat innocent text (a path, a SQL comment), so only what is known goes.
  #known(text: string, isWhole = false): string {
    let out = text;
    if (this.#values.size > 0 && !(isWhole && this.#spares(text))) {
      this.#pattern ??= this.#compile();
      out = out.replace(this.#pattern, (found) => (this.#public.has(found) ? found : redacted));
    }
    return out.includes('://') ? hideAddressParameters(hideAddressPasswords(out)) : out;
  }

  #unassigned(text: string): string {
    return hideAddressParameters(this.#known(text)).replace(bearer, `$1 ${redacted}`);
  }

  #spares(value: string): boolean {
    return this.#isSparing && isOrdinary(value);
  }

  #compile(): RegExp {
    const bounded = (value: string) => {
      if (this.#spares(value)) return `${wordStart}${RegExp.escape(value)}${wordEnd}`;
      const before = /^\w/.test(value) ? '(?<![A-Za-z0-9])' : '';
      const after = /\w$/.test(value) ? '(?![A-Za-z0-9])' : '';
      return value.length < 12 ? `${before}${RegExp.escape(value)}${after}` : RegExp.escape(value);
    };
    const values = [...this.#values].sort((a, b) => b.length - a.length);
    // Before the secrets, and ending where a name ends: `/srv/shop` is no part of `/srv/shop-secret`.
    const kept = [...this.#public]
      .sort((a, b) => b.length - a.length)
      .map((value) => `(?<![\\w/-])${RegExp.escape(value)}(?![\\w-])`);
    return new RegExp([...kept, ...values.map(bounded)].join('|'), 'g');
  }

  /** Arguments of a command line without secrets: `--password x`, `--password=x`, `-px` of MySQL, URLs, known values. */
  argv(argv: readonly string[]): string[] {
    let hideNext = false;
    return argv.map((argument) => {
      if (hideNext) {
        hideNext = false;
        return redacted;
      }
      const option = /^--?([A-Za-z][\w-]*)(=?)/.exec(argument);
      if (option?.[1] !== undefined && isSecretKey(option[1].replaceAll('-', '_'))) {
        if (option[2] === '=') return `${option[0]}${redacted}`;
        hideNext = true;
        return argument;
      }
      return this.text(argument);
    });
  }
}
