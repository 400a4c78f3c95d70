/** What stands in output where a secret stood. */
export const redacted = '<REDACTED>';

const secretWord =
  /^(?:pass|pwd|salt|jwt|cookies?|dsn|webhooks?|signature|credentials?|creds)$|(?:password|passwd|passphrase|passfile|secret|token|apikey)s?$/;
const secretPair =
  /(?:api|private|access|auth|session|signing|encryption|master|service|license) keys?$|connection string$/;

/** True for names of settings whose value must not be shown: `DB_PASSWORD`, `jwtSecret`, `STRIPE_API_KEY`. */
export function looksSecret(key: string): boolean {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return words.some((word) => secretWord.test(word)) || secretPair.test(words.join(' '));
}

const judgedKeys = new Map<string, boolean>();
const mostJudgedKeys = 1000;

function isSecretKey(key: string): boolean {
  let isSecret = judgedKeys.get(key);
  if (isSecret === undefined) {
    isSecret = looksSecret(key);
    if (judgedKeys.size < mostJudgedKeys) judgedKeys.set(key, isSecret);
  }
  return isSecret;
}

const settingWord =
  /^(?:pw|pwd|pin|totp|otp|psk|sk|pat|dsn|auth|authorization|bearer|pepper|mnemonic)$|(?<!^by|^com|^over|^under|^tres)pass$|keys?$/;
/** What may follow the word that tells: `API_KEY_2`, `DB_PW_PROD`, `PIN_CODE`, `JWT_KEY_BASE64`. */
const settingSuffix =
  /^(?:\d+|old|new|live|test|prod|production|dev|development|staging|primary|secondary|default|value|code|base64|b64|hex|json)$/;

/**
 * True for names of settings, in env files and configuration, whose value must not be shown: all that
 * {@link looksSecret} knows, and short forms that mean something else among the keys of a result:
 * `STRIPE_KEY`, `DB_PW`, `ADMIN_PIN`, `SMTP_AUTH`.
 */
export function looksSecretSetting(name: string): boolean {
  if (looksSecret(name)) return true;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  while (words.length > 1 && settingSuffix.test(words.at(-1)!)) words.pop();
  return settingWord.test((words.at(-1) ?? '').replace(/\d+$/, ''));
}

const urlPassword = /([a-z][a-z0-9+.-]*:\/\/[^\s/:@'"]*:)([^\s/'"]+)@/gi;
/** A parameter in an address; punctuation of the sentence or directive around it is no part of it. */
const urlParameter =
  /([?&](?:amp;)?([A-Za-z_][\w.[\]-]*)=)([^\s&#"'<>`]+?)(?=[;,.)}\]]{0,4}(?:[\s&#"'<>`]|$))/g;
// `Basic settings` is a heading.
const bearer =
  /\b(Bearer|Basic(?!\s+[A-Z]?[a-z]+(?![A-Za-z0-9._~+/=-])))\s+[A-Za-z0-9._~+/=-]{8,}/g;
const assignment =
  /((?:^|[\s"'{,;?&-])([A-Za-z_][A-Za-z0-9_.-]*)["']?\s*[=:]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"',;&{}[\]]+)/g;

function isVariable(value: string): boolean {
  return /^\$(?:\w+|\{\w+\})$/.test(value);
}

/** Without what secret-looking parameters are set to; a variable of nginx or a shell, `?token=$arg_token`, stays. */
function hideUrlParameters(text: string): string {
  if (!text.includes('=')) return text;
  return text.replace(urlParameter, (whole, head: string, key: string, value: string) =>
    (looksSecretSetting(key) || /^sig$/i.test(key)) && !isVariable(value)
      ? `${head}${redacted}`
      : whole,
  );
}

function isOrdinary(value: string): boolean {
  if (/^v?\d[\d.:_-]*$/.test(value)) return value.replace(/\D/g, '').length <= 14;
  return value.length <= 11 && /^(?:[a-z]+(?:[-_][a-z]+)*|[A-Z]+|[A-Z][a-z]+)$/.test(value);
}

/** Of a word of a sentence: not within a path, a name, or a date and its time. */
const wordStart = String.raw`(?<![\w/@-]|\w[.:]|\d{4}-\d\d-\d\d )`;
const wordEnd = String.raw`(?![\w/@-]|[.:]\w| \d\d:\d\d)`;

/**
 * Takes secrets out of text and values. It knows three kinds: values registered with {@link add},
 * values of keys that look secret, and passwords and secret parameters in URLs and authorization headers.
 */
export class Redactor {
  readonly #isSparing: boolean;
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

  /** `text` without secrets. */
  text(text: string): string {
    return hideUrlParameters(this.#known(text))
      .replace(bearer, `$1 ${redacted}`)
      .replace(assignment, (whole, head: string, key: string, value: string) =>
        looksSecret(key) && !(/^[?&]/.test(head) && isVariable(value))
          ? `${head}${redacted}`
          : whole,
      );
  }

  /** A JSON-like value without secrets, by key and inside every string: itself when it holds none, else a copy. */
  value<T>(value: T): T {
    return this.#value(value, undefined) as T;
  }

  // Results of a hundred thousand paths come through here: what needs no change is not copied.
  #value(value: unknown, key: string | undefined): unknown {
    if (typeof value === 'string')
      return key !== undefined && isSecretKey(key) ? redacted : this.#known(value, true);
    if (typeof value === 'number') return key !== undefined && isSecretKey(key) ? redacted : value;
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) {
      let clean: unknown[] | undefined;
      for (let at = 0; at < value.length; at += 1) {
        const item = this.#value(value[at], undefined);
        if (item !== value[at]) {
          clean ??= value.slice();
          clean[at] = item;
        }
      }
      return clean ?? value;
    }
    let clean: Record<string, unknown> | undefined;
    for (const [name, before] of Object.entries(value)) {
      const item = this.#value(before, name);
      if (item !== before) {
        clean ??= { ...value };
        clean[name] = item;
      }
    }
    return clean ?? value;
  }

  // Inside values the `key=value` rule would eat innocent text (a path, a SQL comment), so only what is known goes.
  #known(text: string, isWhole = false): string {
    let out = text;
    if (this.#values.size > 0 && !(isWhole && this.#spares(text))) {
      this.#pattern ??= this.#compile();
      out = out.replace(this.#pattern, redacted);
    }
    if (!out.includes('://')) return out;
    return hideUrlParameters(out.replace(urlPassword, `$1${redacted}@`));
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
    return new RegExp(values.map(bounded).join('|'), 'g');
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
      if (option?.[1] !== undefined && looksSecret(option[1].replaceAll('-', '_'))) {
        if (option[2] === '=') return `${option[0]}${redacted}`;
        hideNext = true;
        return argument;
      }
      return this.text(argument);
    });
  }
}
