import { looksSecretSetting, type Redactor, redacted } from '@om-ops/kit';
import { hideSpokenSecrets, onlyPlainWords, saidSecret } from '@om-ops/kit/site';
import { nginxPieces, withoutLuaLiterals } from './nginx-text.ts';

const value = String.raw`("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s;{}"']+)`;
const headers = new RegExp(
  String.raw`\b((?:proxy_set_header|grpc_set_header|add_header|add_trailer|fastcgi_param|uwsgi_param|scgi_param|proxy_hide_header|env|set)\s+)("[^"]*"|'[^']*'|\$?[\w-]+)(\s+|=)${value}`,
  'g',
);
const condition =
  /(\$\w+)(\s*(?:=|!=|!?~\*?)\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s;{}"')]+)/g;
const secretDirective = new RegExp(
  String.raw`\b((?:secure_link_secret|secure_link_md5|secure_link_hmac_secret|zmauth_\w*key|session_log_\w*secret|auth_jwt_key_request)\s+)${value}`,
  'g',
);
/** Programs in other languages that are given as one string. */
const script = /\b((?:\w+_by_lua|perl|perl_set\s+\$\w+)\s+)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/g;
const map = /\bmap\s+["']?\$\{?(\w+)\}?["']?\s+\$\w+\s*\{/g;
const privateKey =
  /(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g;
/** A line of a password file that ended up beside the sites. */
const passwordLine = /^([^\s:#]+:)(?:\$[a-z0-9]+\$\S+|\{[A-Z0-9]+\}\S+|[./0-9A-Za-z]{13})$/gm;

/**
 * An nginx configuration without credentials, commented-out lines included: authorization headers,
 * tokens that requests are compared with, secrets of signed links, passwords in addresses. What is only
 * a variable (`$http_authorization`) stays. So are the strings of Lua, and what comments say.
 */
export function redactNginx(text: string, redactor: Redactor): string {
  const clean = redactMaps(text)
    .replace(privateKey, `$1\n${redacted}\n$2`)
    .replace(passwordLine, `$1${redacted}`)
    .replace(headers, (whole, directive: string, name: string, gap: string, given: string) =>
      isSecretVariable(bare(name)) && !isOnlyVariables(given)
        ? `${directive}${name}${gap}"${redacted}"`
        : whole,
    )
    .replace(secretDirective, (_, directive: string) => `${directive}"${redacted}"`)
    .replace(condition, (whole, variable: string, operator: string, given: string) =>
      isSecretVariable(variable.slice(1)) && !isOnlyVariables(given)
        ? `${variable}${operator}"${redacted}"`
        : whole,
    )
    .replace(script, (_, directive: string) => `${directive}"${redacted}"`);
  return redactPieces(redactor.text(clean));
}

function redactPieces(text: string): string {
  const comments = new CommentRedactor();
  return nginxPieces(text)
    .map((piece) => {
      if (piece.kind === 'comment') return comments.redact(piece.text);
      if (piece.text.trim() !== '') comments.leave();
      return piece.kind === 'lua' ? withoutLuaLiterals(piece.text, redacted) : piece.text;
    })
    .join('');
}

/** `#listen 80;`, `# location / {`, `# }` */
const directive =
  /^#[#\s]*(?:\}[\s}]*$|(?:[a-z]+_[a-z0-9_]+|listen|server|location|upstream|return|rewrite|if|set|map|geo|http|events|allow|deny|include|root|alias|index|expires|internal|resolver|env|user|http2|gzip|charset|stream|types|default|break|satisfy|etag|sendfile)\s(?:[^"'#]|"[^"]*"|'[^']*')*[;{}]+\s*(?=#|$))/;

/** Comments in their order: what one announces, the next may say. */
class CommentRedactor {
  #isAnnounced = false;
  /** Open braces of a Lua block that was commented out. */
  #lua = 0;

  leave(): void {
    this.#isAnnounced = false;
    this.#lua = 0;
  }

  /** `comment` starts with its `#`. */
  redact(comment: string): string {
    if (this.#lua > 0 || comment.includes('_by_lua_block')) return this.#luaLine(comment);
    const setting = directive.exec(comment)?.[0] ?? '';
    const prose = comment.slice(setting.length);
    let clean = hideSpokenSecrets(prose);
    if (this.#isAnnounced) clean = onlyPlainWords(clean);
    if (prose.trim() !== '') this.#isAnnounced = saidSecret(clean)?.value === '';
    return setting + clean;
  }

  #luaLine(comment: string): string {
    const head = /^[#\s]*/.exec(comment)![0];
    const clean = head + withoutLuaLiterals(comment.slice(head.length), redacted);
    this.#lua += clean.split('{').length - clean.split('}').length;
    return clean;
  }
}

function bare(name: string): string {
  return name.replace(/^["']|["']$/g, '').replace(/^\$/, '');
}

/** `http_x_api_key`, `arg_token`, `cookie_session`: names of the request, with a prefix of nginx. */
function isSecretVariable(name: string): boolean {
  if (name.startsWith('cookie_') || name.startsWith('arg_')) {
    return looksSecretSetting(name.slice(name.indexOf('_') + 1));
  }
  return looksSecretSetting(name);
}

function isOnlyVariables(given: string): boolean {
  return /^(?:(?:Basic|Bearer)\s+)?(?:\$\{?\w+\}?[\s:,;/-]*)*$/.test(
    given.replace(/^["']|["']$/g, ''),
  );
}

/** What requests are compared with stands on the left side of each line. */
function redactMaps(text: string): string {
  let out = '';
  let at = 0;
  for (const match of text.matchAll(map)) {
    const start = match.index + match[0].length;
    if (match.index < at || !isSecretVariable(match[1]!)) continue;
    const end = endOfBlock(text, start);
    out += text.slice(at, start) + redactMap(text.slice(start, end));
    at = end;
  }
  return out + text.slice(at);
}

/** Where the brace is that closes the block; the end of the text if there is none. */
function endOfBlock(text: string, start: number): number {
  const piece = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|#[^\n]*|[^\s;{}"'#][^\s;"']*|[{}]/gs;
  piece.lastIndex = start;
  for (let match = piece.exec(text); match !== null; match = piece.exec(text)) {
    if (match[0] === '}') return match.index;
  }
  return text.length;
}

function redactMap(body: string): string {
  return body.replace(
    /(^|\n(?:[^\S\n]*#)?|;(?![^\S\n]*#))(\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s;#"']+)(?=\s)/g,
    (whole, before: string, indent: string, pattern: string) =>
      /^(?:default|hostnames|volatile|""|'')$/.test(pattern)
        ? whole
        : `${before}${indent}"${redacted}"`,
  );
}
