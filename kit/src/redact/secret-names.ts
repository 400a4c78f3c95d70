const secretWord =
  /^(?:pass|pwd|salt|jwt|cookies?|dsn|webhooks?|signature|credentials?|creds)$|(?:password|passwd|passphrase|passfile|secret|token|apikey)s?$/;
const secretPair =
  /(?:api|private|access|auth|session|signing|encryption|master|service|license|account) keys?$|connection string$/;
/** In every name that the two above know: most names are told apart by this alone. */
const stem = /pass|pwd|salt|jwt|cookie|dsn|webhook|signature|cred|secret|token|key|string/i;

function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
}

/** True for names of settings whose value must not be shown: `DB_PASSWORD`, `jwtSecret`, `STRIPE_API_KEY`. */
export function looksSecret(key: string): boolean {
  if (!stem.test(key)) return false;
  const words = wordsOf(key);
  return words.some((word) => secretWord.test(word)) || secretPair.test(words.join(' '));
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
  const words = wordsOf(name).filter((word) => word !== '');
  while (words.length > 1 && settingSuffix.test(words.at(-1)!)) words.pop();
  return settingWord.test((words.at(-1) ?? '').replace(/(?<!\d)\d+$/, ''));
}

const judgedKeys = new Map<string, boolean>();
const mostJudgedKeys = 1000;

/** {@link looksSecret}, remembered: the same few keys come by a hundred thousand times. */
export function isSecretKey(key: string): boolean {
  let isSecret = judgedKeys.get(key);
  if (isSecret === undefined) {
    isSecret = looksSecret(key);
    if (judgedKeys.size < mostJudgedKeys && key.length < 100) judgedKeys.set(key, isSecret);
  }
  return isSecret;
}
