import { looksSecretSetting, redacted } from '../redact.ts';
import { isPlainWord } from './plain-words.ts';

const start = String.raw`(?<![\p{L}\p{N}_./$-])`;
const end = String.raw`(?![\p{L}\p{N}_]|[.-][\p{L}\p{N}])`;
/** Words for a secret, in the languages of those who run such servers; also at the end of longer ones. */
const named = [
  'passwords?|passwd|passphrases?|passcodes?|passw[oö]r(?:t|ts|ter|d)|kennw[oö]rt(?:er)?|zugangsdaten|geheimnis',
  'mots? de passe|mdp|contrase[nñ]as?|palabra clave|senhas?|palavra-passe|parol[ae]|parole d.ordine|credenziali',
  'κωδικ(?:[όο]ς|[όο]|ο[ύυ]|ο[ίι]|[ώω]ν)|συνθηματικ[όο]|парол[а-я]*|лозинк[а-я]*|şifre(?:si)?|sifre(?:si)?|has[łl]o|heslo|lozinka',
  'l[öo]senord|wachtwoord|salasana|adgangskode|jelszó|密码|密碼|パスワード|비밀번호',
  'secrets?|tokens?|credentials?|creds|api[-_ ]?keys?',
].join('|');
const firm = new RegExp(
  `(?<![\\p{N}_./$])[\\p{L}-]{0,30}(?:${named})${end}|${start}(?:pass|pwd|pw|pin|otp)${end}`,
  'iu',
);
const constant = /(?<![\w./$-])[A-Z][A-Z0-9]*_[A-Z0-9_]*(?![\w.-])/g;
/** These mean something else as often. */
const loose = new RegExp(
  `${start}(?:keys?|logins?|schlüssel|clés?|claves?|ключ|κλειδ[ίι])${end}`,
  'iu',
);
const saying =
  /^[\s"'`)\]]*[:=](?!\/\/)|[:=](?=[\s"'`]|$)|=|->|→|(?<![\p{L}\p{N}])(?:is|was|ist|war|lautet|est|es|è|είναι)(?![\p{L}\p{N}])/u;

interface Mention {
  index: number;
  text: string;
  isFirm: boolean;
}

function firstMention(text: string): Mention | undefined {
  const found: Mention[] = [];
  const add = (match: RegExpExecArray | undefined | null, isFirm: boolean) => {
    if (match) found.push({ index: match.index, text: match[0], isFirm });
  };
  add(firm.exec(text), true);
  add(
    [...text.matchAll(constant)].find(([name]) => looksSecretSetting(name)),
    true,
  );
  const before = found.sort((a, b) => a.index - b.index)[0];
  if (before === undefined) add(loose.exec(text), false);
  return found[0];
}

/**
 * A comment that says what a secret is, `the password is x`, cut in two: up to the word or sign that says
 * it, and what is said, which may be nothing yet.
 */
export function saidSecret(comment: string): { head: string; value: string } | undefined {
  const mention = firstMention(comment);
  if (mention === undefined) return undefined;
  const from = mention.index + mention.text.length;
  const said = saying.exec(comment.slice(from));
  if (said === null) return undefined;
  const to = from + said.index + said[0].length;
  return { head: comment.slice(0, to), value: comment.slice(to).trim() };
}

/**
 * One line of a comment without the secrets that people write there: options of command lines, what is
 * said to be a password, in several languages, and in a line that speaks of one every word that is
 * not plainly harmless.
 */
export function hideSpokenSecrets(line: string): string {
  const text = hideCommandSecrets(line);
  const mention = firstMention(text);
  if (mention === undefined) return text;
  const said = saidSecret(text);
  if (said !== undefined && said.value !== '') {
    return said.value === redacted ? text : `${plainWords(said.head, mention)} ${redacted}`;
  }
  const next = /\S+/.exec(text.slice(mention.index + mention.text.length))?.[0];
  if (!mention.isFirm && (next === undefined || isPlainWord(next))) return text;
  return plainWords(text, mention);
}

/** The text with every other word replaced, except the mention itself. */
function plainWords(text: string, mention?: Mention): string {
  const hide = (part: string) =>
    part
      .replace(/\S+/g, (word) => (word.includes(redacted) || isPlainWord(word) ? word : redacted))
      .replace(/<REDACTED>(?:\s+<REDACTED>)+/g, redacted);
  if (mention === undefined) return hide(text);
  const to = mention.index + mention.text.length;
  return hide(text.slice(0, mention.index)) + mention.text + hide(text.slice(to));
}

/** A line of a comment where only plain words are left. */
export function onlyPlainWords(line: string): string {
  return plainWords(line);
}

const login =
  /(?<![\w-])(-u|-U|--user|--proxy-user)(\s+|=)(?:"([^"\s:]+):[^"]*"|'([^'\s:]+):[^']*'|([^\s:"']+):(\S+))/g;
const joined = /(?<![\w-])-p(?!(?:rint0?|erm|ath|rune|r|f)(?:\s|$))([^\s=]\S*)/g;
const parted = /(?<![\w-])(-p\s+|(?<=\b(?:redis-cli|ldap\w*)\b[^\n]{0,200})-[awW]\s+)([^\s-]\S*)/g;
const option = /(--?)([A-Za-z][\w-]{0,80})(=|\s+)("[^"]*"|'[^']*'|[^\s"']+)/g;
const statement =
  /\b(identified\s+(?:with\s+\S+\s+)?by\s+(?:password\s+)?|requirepass\s+|AUTH\s+)("[^"]*"|'[^']*'|[^\s"']+)/gi;

/** A command line in a text without its passwords: `-u name:x`, `-px` and `-p x`, `--password x`, `IDENTIFIED BY 'x'`. */
export function hideCommandSecrets(text: string): string {
  if (!/-|identified|requirepass|AUTH/i.test(text)) return text;
  const isDatabase = /mysql|maria/i.test(text);
  return text
    .replace(
      login,
      (whole, name: string, gap: string, a?: string, b?: string, c?: string, d = '') =>
        /^\d+$/.test(c ?? '') && /^\d+$/.test(d)
          ? whole
          : `${name}${gap}${a ?? b ?? c}:${redacted}`,
    )
    .replace(joined, (whole, value: string) =>
      !isDatabase && /^\d{1,5}(?::\d{1,5})?$/.test(value) ? whole : `-p${redacted}`,
    )
    .replace(parted, (whole, name: string, value: string) =>
      /^[\d.:]+$|\/|^<REDACTED>/.test(value) ? whole : `${name}${redacted}`,
    )
    .replace(option, (whole, dashes: string, name: string, gap: string) =>
      looksSecretSetting(name) ? `${dashes}${name}${gap}${redacted}` : whole,
    )
    .replace(statement, (whole, head: string) =>
      head.startsWith('Auth') || head.startsWith('auth') ? whole : head + redacted,
    );
}
