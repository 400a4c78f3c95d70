import { redacted } from './assignments.ts';
import { looksSecret, looksSecretSetting } from './secret-names.ts';
import { tokenStem, tokens } from './tokens.ts';

/** Whether a name in another program's output is that of a secret. */
export function looksSecretInOutput(name: string, before: string): boolean {
  if (looksSecret(name)) return true;
  if (/^(?:[A-Z][A-Z0-9]*_[A-Z0-9_]*|(?:proxy-)?authorization)$/i.test(name))
    return /^[A-Z0-9_]+$/.test(name) ? looksSecretSetting(name) : /authorization$/i.test(name);
  return before !== '' && /^(?:keys?|string)$/i.test(name) && looksSecret(`${before}_${name}`);
}

const begin = '-----BEGIN ';
const privateKey = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;
const keyEnd = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const keyBody = /[A-Za-z0-9+/=\s\\]*/y;

/** Without the private keys in PEM, whole ones and those whose end is missing. */
export function hidePrivateKeys(text: string): string {
  let out = '';
  let kept = 0;
  let hasEnd = true;
  for (let at = text.indexOf(begin); at !== -1; at = text.indexOf(begin, Math.max(at + 1, kept))) {
    privateKey.lastIndex = at;
    const head = privateKey.exec(text)?.[0];
    if (head === undefined) continue;
    keyEnd.lastIndex = at + head.length;
    const end: RegExpExecArray | null = hasEnd ? keyEnd.exec(text) : null;
    hasEnd = end !== null;
    keyBody.lastIndex = at + head.length;
    keyBody.exec(text);
    out += `${text.slice(kept, at)}${redacted}`;
    kept = end === null ? keyBody.lastIndex : end.index + end[0].length;
  }
  return kept === 0 ? text : out + text.slice(kept);
}

/** A line of a key in PEM, by itself; 64 hexadecimal digits are a checksum. */
export function isKeyBody(line: string): boolean {
  const body = line.trim();
  return (
    body.length === 64 && /^[A-Za-z0-9+/]+$/.test(body) && /[A-Z]/.test(body) && /[g-z]/.test(body)
  );
}

/** A word that authorizes, of any case: unless it is plainly the next word of a sentence. */
const bearer = /\b(bearer|negotiate|digest)([ \t]{1,8})([A-Za-z0-9._~+/=-]{8,})/gi;
const account = /([a-z0-9+.-]:\/\/)([^\s/:@'"?#]{16,})@/gi;
const goAddress = /(?<![^\s"'`(=])([^\s:@'"`(=/]{1,64}:)[^\s@'"`]{1,256}(?=@(?:tcp|unix)\()/g;
const element = /(<([A-Za-z_][\w:.-]{0,60})(?:\s[^<>]{0,200})?>)([^<]{1,4096})(?=<\/)/g;
const keyAttribute = /(\b(?:key|name)="([\w:.-]{1,80})"\s{1,20}value=)("[^"\r\n]{1,4096}"?)/g;

/** `define('DB_PASSWORD', 'x')` of PHP, `SetEnv DB_PASSWORD x` of web servers. */
const argument =
  /((["'])([A-Za-z_][\w.-]{0,80})\2\s{0,20},\s{0,20})("[^"\r\n]{0,4096}"?|'[^'\r\n]{0,4096}'?)/g;
const directive =
  /(\b(?:SetEnv|fastcgi_param|uwsgi_param|proxy_set_header|ENV|env)[ \t]{1,20}([A-Za-z_][\w-]{0,80})[ \t]{1,20})("[^"\r\n]{0,4096}"?|[^\s;]+)/g;
const spoken =
  /\b((?:password|passphrase|passwd|passcode|token|secret)(?:[ \t]{1,4}(?:for|of)[ \t]{1,4}[^\s:]{1,80})?(?:[ \t]{1,4}(?:is|was)[ \t]{1,4}|:[ \t]{1,4}))(["']?[^\s"',;]+)/gi;
const netrc = /(\blogin[ \t]{1,20}\S{1,200}[ \t]{1,20}password[ \t]{1,20})(\S+)/g;

/** `DB_PASSWORD⇥x`, a table with a tab between name and value. */
const tabbed = /(?<![\w.-])(([A-Za-z_][\w.-]{0,80})\t[\t ]{0,20})([^\s|][^\t\r\n]*)/g;
/** `host:5432:database:user:password` of PostgreSQL's password file. Of the first, not what is a time. */
const passwordFile =
  /^(?=[^:\s]{0,255}[A-Za-z*/.])((?:\\.|[^:\\\s]){1,255}:(?:\d{3,5}|\*):(?:(?:\\.|[^:\\\s]){1,255}:){2})(\S.*)$/gm;

const client = /\b(?:mysql|mariadb|mycli|sshpass|ldap|redis-cli|mongo)/i;
const joined =
  /(?<![\w-])-p(?!(?:rint0?|erm|ath|rune|r|f|ort)(?:\s|$))("[^"]*"|'[^']*'|[^\s=]\S*)/g;
const parted = /(?<![\w-])(-[pawW]\s{1,20})("[^"\r\n]*"|'[^'\r\n]*'|[^\s-]\S*)/g;
const option =
  /(?<![\w-])(--?([A-Za-z][\w-]{0,80})\s{1,20})("[^"\r\n]*"|'[^'\r\n]*'|[^\s"'-][^\s"']*)/g;
const login =
  /(?<![\w-])((?:-u|-U|--user|--proxy-user)(?:\s{1,20}|=)["']?[^\s:"']{1,200}:)([^\s"']+)/g;
const statement =
  /\b(identified\s{1,20}(?:with\s{1,20}\S{1,80}\s{1,20})?(?:by|as)\s{1,20}(?:password\s{1,20})?|set\s{1,20}password\s{1,20}(?:for\s{1,20}\S{1,200}\s{1,20})?=\s{0,20}|requirepass\s{1,20}|masterauth\s{1,20}|\bpassword\s{1,20}(?='))("[^"]*"?|'[^']*'?|[^\s"']+)/gi;

/** What only other programs' output holds: commands with their passwords, tokens, accounts in addresses, XML. */
export function hideForeignShapes(text: string): string {
  let out = text;
  if (tokenStem.test(out)) out = out.replace(tokens, redacted);
  out = out.replace(bearer, (whole, scheme: string, gap: string, value: string) =>
    /^(?:[a-z-]{1,24}|[A-Z][a-z-]{1,24})[.]?$/.test(value) ? whole : `${scheme}${gap}${redacted}`,
  );
  if (out.includes('://')) out = out.replace(account, `$1${redacted}@`);
  if (out.includes('@tcp(') || out.includes('@unix('))
    out = out.replace(goAddress, `$1${redacted}`);
  if (out.includes('</'))
    out = out.replace(element, (whole, head: string, name: string) =>
      looksSecret(name) ? `${head}${redacted}` : whole,
    );
  if (out.includes('value="'))
    out = out.replace(keyAttribute, (whole, head: string, name: string) =>
      looksSecretSetting(name) ? `${head}"${redacted}"` : whole,
    );
  out = out
    .replace(argument, (whole, head: string, _quote: string, name: string) =>
      looksSecret(name) ? `${head}${redacted}` : whole,
    )
    .replace(directive, (whole, head: string, name: string) =>
      looksSecretSetting(name) ? `${head}${redacted}` : whole,
    )
    .replace(spoken, (whole, head: string, value: string) =>
      /^[a-z]{1,24}[.!?)]{0,3}$|^<REDACTED>/.test(value) ? whole : `${head}${redacted}`,
    )
    .replace(netrc, `$1${redacted}`);
  if (out.includes('\t'))
    out = out.replace(tabbed, (whole, head: string, name: string) =>
      looksSecretInOutput(name, '') ? `${head}${redacted}` : whole,
    );
  if (out.includes(':')) out = out.replace(passwordFile, `$1${redacted}`);
  if (out.includes('-')) out = hideOptions(out);
  return out.replace(statement, `$1${redacted}`);
}

function hideOptions(text: string): string {
  const out = text
    .replace(option, (whole, head: string, name: string) =>
      looksSecret(name) ? `${head}${redacted}` : whole,
    )
    .replace(login, (whole, head: string, value: string) =>
      /^\d{1,6}$/.test(value) ? whole : `${head}${redacted}`,
    );
  if (!client.test(out)) return out;
  return out
    .split('\n')
    .map((line) =>
      client.test(line)
        ? line
            .replace(joined, `-p${redacted}`)
            .replace(parted, (whole, head: string, value: string) =>
              /^[\d.:]+$|^<REDACTED>/.test(value) ? whole : `${head}${redacted}`,
            )
        : line,
    )
    .join('\n');
}
