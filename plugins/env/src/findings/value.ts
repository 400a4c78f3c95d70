import { looksSecretSetting } from '@om-ops/kit';
import type { ValueType } from '../site.ts';

/** Whether a value is one that somebody meant to replace. */
export function isPlaceholder(value: string): boolean {
  const bare = value.trim();
  if (bare === '') return false;
  return (
    /^(?:<[^<>]*>|\[[^[\]]*\]|\{\{[^{}]*\}\}|\*{3,}|\.{3,}|x{3,}|X{3,}|_{3,}|-{3,})$/.test(bare) ||
    /^(?:change|replace|fill|insert|enter|put|set)[-_ ]?(?:me|this|it|in|here|your)?(?:$|[-_ !.])/i.test(
      bare,
    ) ||
    /^(?:changeme|todo|fixme|tbd|placeholder|none|null|undefined|dummy|foobar?|redacted)$/i.test(
      bare,
    ) ||
    /(?:^|[^a-z])(?:your|my)[-_ ](?:[a-z0-9]+[-_ ])*(?:key|secret|token|password|passwd|id|url|domain|host|user(?:name)?|email|api|app|value|project|bucket|account|here)(?![a-z])/i.test(
      bare,
    ) ||
    /(?:key|secret|token|password|value)[-_ ](?:goes[-_ ])?here$/i.test(bare) ||
    /change[-_ ]?(?:me|this)|replace[-_ ]?(?:me|this|with)/i.test(bare)
  );
}

const defaults = new Set(
  [
    ...[
      'password',
      'passwd',
      'pass',
      'secret',
      'admin',
      'root',
      'test',
      'guest',
      'user',
      'demo',
      'default',
    ],
    ...[
      'postgres',
      'mysql',
      'mariadb',
      'redis',
      'rabbitmq',
      'mongo',
      'toor',
      'qwerty',
      'letmein',
      'welcome',
    ],
    ...[
      'jwt-secret',
      'jwtsecret',
      'jwt_secret',
      'mysecret',
      'supersecret',
      'super-secret',
      'keyboard cat',
    ],
    ...[
      'session-secret',
      'sessionsecret',
      'dev',
      'development',
      'example',
      'minioadmin',
      'secretkey',
      'secret_key',
    ],
    ...[
      'secret-key',
      'apikey',
      'token',
      'iloveyou',
      'master',
      'dragon',
      'monkey',
      'abc123',
      'p@ssw0rd',
    ],
  ].map(simple),
);

function simple(value: string): string {
  return value.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Whether a secret is one that everybody knows: a word, or a word with digits after it. */
export function isDefaultSecret(value: string): boolean {
  const bare = simple(value);
  return (
    defaults.has(bare) ||
    defaults.has(bare.replace(/\d{1,4}$/, '')) ||
    /^(?:0?123456789?0?|0{4,}|1{4,}|abcdef\w{0,4}|deadbeef)$/.test(bare)
  );
}

/** Bits, by how often each character is there: what guessing by its own alphabet would cost at most. */
export function bitsOf(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / value.length);
  return bits;
}

/** Whether the same few characters come again and again: `aaaaaaaa`, `abcabcabcabc`. */
export function isMonotonous(value: string): boolean {
  if (value.length < 8) return false;
  if (new Set(value).size <= 4) return true;
  return /^(.{1,8}?)\1{2,}.{0,8}$/s.test(value) && bitsOf(value) < 3 * value.length;
}

/** Names that end as a secret does and hold none. */
const harmless =
  /(?:_|^)(?:PUBLIC|PUBLISHABLE|SITE|ANON)_(?:\w+_)?KEY$|_KEY_(?:ID|NAME|FILE|PATH)$|_(?:EXPIRY|EXPIRES?(?:_IN)?|TTL|LENGTH|ROUNDS|ALGORITHM|ISSUER|AUDIENCE|FILE|PATH|HEADER|NAME|URL|URI|DOMAIN|SECURE|MAX_AGE|LIFETIME|DRIVER|CONNECTION|ENABLED|PREFIX)$/i;

/** Whether the value of a setting of this name is to be hard to guess. */
export function isSecretName(name: string): boolean {
  return looksSecretSetting(name) && !harmless.test(name);
}

/** How long a secret must be when the profile does not say: what people type may be shorter than keys. */
export function leastLength(name: string): number {
  return /pass|pwd|pw$|pin$/i.test(name) ? 12 : 16;
}

/** What is wrong with a value of this type, as the end of `NAME is …`; undefined: nothing. */
export function typeProblem(value: string, type: ValueType): string | undefined {
  switch (type) {
    case 'integer':
      return /^-?\d+$/.test(value) ? undefined : 'no whole number';
    case 'port':
      return /^\d{1,5}$/.test(value) && Number(value) > 0 && Number(value) < 65536
        ? undefined
        : 'no port (1 to 65535)';
    case 'boolean':
      return /^(?:true|false|1|0|yes|no|on|off)$/i.test(value)
        ? undefined
        : 'no yes or no (true, false, 1, 0)';
    case 'url':
      return URL.canParse(value) ? undefined : 'no URL';
    case 'email':
      return /^(?:[^<>@]*<)?[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+>?$/.test(value.trim())
        ? undefined
        : 'no e-mail address';
    case 'duration':
      return /^\d+(?:\.\d+)?\s*(?:ms|s|m|h|d|w|y|sec(?:ond)?s?|min(?:ute)?s?|hours?|days?|weeks?)?$/i.test(
        value,
      )
        ? undefined
        : 'no duration (30s, 5m, 12h)';
  }
}

/** `8 to 15 characters`: enough to judge by, too little to guess by. */
export function lengthClass(value: string): string {
  const { length } = value;
  if (length === 0) return 'empty';
  const steps = [4, 8, 16, 32, 64, 128, 256];
  const at = steps.findIndex((step) => length < step);
  if (at === 0) return 'under 4 characters';
  return at === -1
    ? '256 characters or more'
    : `${steps[at - 1]} to ${(steps[at] as number) - 1} characters`;
}
