import { looksSecretSetting, Redactor, redacted } from '../redact.ts';
import { type EnvAssignment, envSecrets, parseEnvFile } from './env-file.ts';
import { hideSpokenSecrets, onlyPlainWords, saidSecret } from './spoken-secrets.ts';

const hiddenLine = `# ${redacted}`;

/**
 * An env file without its values: keys, order, blank lines and comments stay, every value has become
 * `<REDACTED>`. What may be a value is treated as one: commented-out assignments, values repeated in
 * comments, lines that make no sense, and everything after a quote that is never closed.
 */
export function redactEnvTemplate(text: string): string {
  const lines = parseEnvFile(text);
  const comments = new CommentRedactor(envSecrets(lines));
  const out: string[] = [];
  let key = new UnquotedKey();
  for (const line of lines) {
    if (key.goesOn(line.raw)) {
      out.push(hiddenLine);
      continue;
    }
    key = new UnquotedKey();
    switch (line.kind) {
      case 'blank':
        comments.leave();
        out.push('');
        break;
      case 'comment':
        key.open(line.raw);
        out.push(comments.redact(line.raw.trim()));
        break;
      case 'malformed':
        comments.leave();
        key.open(line.raw);
        out.push(hiddenLine);
        break;
      case 'assignment': {
        comments.leave();
        if (line.quote === '') key.open(line.written);
        out.push(redactAssignment(line, comments));
        if (line.open) {
          out.push(`${hiddenLine} (the quote opened above is never closed)`);
          return finish(out, text);
        }
      }
    }
  }
  return finish(out, text);
}

function finish(lines: readonly string[], text: string): string {
  const ending = text.includes('\r\n') ? '\r\n' : '\n';
  return lines.map((line) => line + ending).join('');
}

function redactAssignment(line: EnvAssignment, comments: CommentRedactor): string {
  const name = `${line.exported ? 'export ' : ''}${line.key}`;
  const comment = line.comment === undefined ? '' : ` ${comments.redact(line.comment.trim())}`;
  comments.leave();
  return `${name}${line.separator === ':' ? ': ' : '='}${redacted}${comment}`;
}

/** Values that run over several lines without a quote: private keys, and lines ending in a backslash. */
class UnquotedKey {
  #until: 'pem' | 'backslash' | undefined;

  open(text: string): void {
    if (text.includes('-----BEGIN ') && !text.includes('-----END ')) this.#until = 'pem';
    else if (/\\\s*$/.test(text) && !/^\s*#/.test(text)) this.#until = 'backslash';
  }

  goesOn(raw: string): boolean {
    if (this.#until === undefined) return false;
    const last = this.#until === 'pem' ? raw.includes('-----END ') : !/\\\s*$/.test(raw);
    if (last) this.#until = undefined;
    return true;
  }
}

const assignmentIn = /([A-Za-z_][\w.-]{0,100}\s*=+)\s*(\S.*)$/s;
const yamlIn = /^(#[#\s]*(?:export\s+)?([A-Za-z_][\w.-]*)\s*:)\s+(\S.*)$/s;
const headings =
  /^(note|todo|fixme|warning|important|caution|example|see|default|hint|info|nb|xxx|hack)$/i;
const blob = /[A-Za-z0-9+/=_-]{20,}/g;
const hex = /\b[0-9a-f]{16,}\b/gi;

class CommentRedactor {
  readonly #redactor = new Redactor();
  readonly #values: readonly string[];
  /** The quote of a commented-out value that goes on in the next comment line. */
  #quote: string | undefined;
  /** The line before named a secret and left it to this one to say it. */
  #isAnnounced = false;

  constructor(secrets: readonly string[]) {
    this.#redactor.add(...secrets);
    this.#values = secrets
      .flatMap((secret) => [secret, ...secret.split('\n')])
      .map((secret) => secret.trim())
      .filter((secret) => secret.length >= 3);
  }

  leave(): void {
    this.#quote = undefined;
    this.#isAnnounced = false;
  }

  /** `comment` starts with its `#`. */
  redact(comment: string): string {
    if (this.#quote !== undefined) {
      if (comment.includes(this.#quote)) this.#quote = undefined;
      return hiddenLine;
    }
    let text = this.#withoutAssignment(comment);
    text = hideSpokenSecrets(this.#redactor.text(text));
    if (this.#isAnnounced) text = onlyPlainWords(text);
    this.#isAnnounced = saidSecret(text)?.value === '';
    text = text.replace(hex, redacted).replace(blob, (word) => (isBlob(word) ? redacted : word));
    text = text.replace(/(?:<REDACTED>){2,}/g, redacted);
    if (!text.startsWith('#')) return hiddenLine;
    // What is left between the placeholders may have become a value only now.
    const leaks = text
      .split(redacted)
      .some((piece) => this.#values.some((value) => piece.includes(value)));
    return leaks ? hiddenLine : text;
  }

  #withoutAssignment(comment: string): string {
    const yaml = yamlIn.exec(comment);
    const isSetting =
      yaml !== null &&
      !headings.test(yaml[2]!) &&
      (looksSecretSetting(yaml[2]!) || /^[A-Z][A-Z0-9_.-]*$/.test(yaml[2]!));
    const found = isSetting
      ? { head: yaml[1]!, value: yaml[3]!, gap: ' ' }
      : [assigned(comment), saidSecret(comment)]
          .flatMap((found) => (found === undefined || found.value === '' ? [] : [found]))
          .map((found) => ({ ...found, gap: found.head.endsWith('=') ? '' : ' ' }))
          .sort((a, b) => a.head.length - b.head.length)[0];
    if (found === undefined) return comment;
    const quote = found.value[0]!;
    if (`"'\``.includes(quote) && !found.value.slice(1).includes(quote)) this.#quote = quote;
    return `${found.head}${found.gap}${redacted}`;
  }
}

function assigned(comment: string): { head: string; value: string } | undefined {
  const match = assignmentIn.exec(comment);
  return match === null
    ? undefined
    : { head: comment.slice(0, match.index) + match[1]!, value: match[2]! };
}

function isBlob(word: string): boolean {
  return /[a-z]/.test(word) && /[A-Z]/.test(word) && /[0-9]/.test(word);
}
