import { findTokens, looksSecret } from '@om-ops/kit';

export interface FoundSecret {
  /** The name it is set to, or what kind it is: never the secret. */
  what: string;
  /** From 1. */
  line: number;
  /** The secret, to be compared and never shown. */
  value: string;
}

export interface SecretRules {
  /** False for samples, whose settings are made up: only what tells by its form that it is real counts. */
  settings: boolean;
  /** Secrets of the site's env files: value to the name it has there. */
  known: ReadonlyMap<string, string>;
}

const quotedSetting =
  /([A-Za-z_][\w.-]{0,80})["']?\s{0,8}(?:=>|:=|[:=])\s{0,8}(["'`])([^"'`\s\\]{6,512})\2/g;
const envSetting =
  /^[ \t]{0,40}(?:export[ \t]+|-[ \t]+)?([A-Z][A-Z0-9_]{2,80})[ \t]*[=:][ \t]*([^\s"'`#;,]{6,512})[ \t]*$/gm;
const address = /\b[a-z][a-z0-9+.-]{1,20}:\/\/([^\s/:@'"`<>{}$]{1,80}):([^\s/@'"`<>{}$]{3,256})@/gi;

const madeUp =
  /^(?:x+|\*+|\.+|-+|_+)$|change[_-]?me|replace|example|placeholder|your[_-]|^<|^\$|\$\{|\{\{|%[A-Z_]+%|^(?:process\.env|os\.environ|env)\b|redacted|dummy|todo|^(?:null|none|undefined|true|false|secret|password|token|string|required|optional)$/i;

/** Secrets in a text, as far as their form or their name tells. */
export function secretsIn(text: string, { settings, known }: SecretRules): FoundSecret[] {
  const found = new Map<string, { what: string; at: number }>();
  const add = (value: string, what: string, at: number) => {
    if (!found.has(value)) found.set(value, { what, at });
  };
  for (const { kind, value, at } of findTokens(text)) add(value, kind, at);
  for (const [value, name] of known) {
    const at = text.indexOf(value);
    if (at !== -1) add(value, `the value of ${name} of the site's env files`, at);
  }
  for (const match of text.matchAll(address)) {
    const [, user = '', password = ''] = match;
    if (!madeUp.test(password) && password.toLowerCase() !== user.toLowerCase())
      add(password, 'a password in an address', match.index);
  }
  if (settings) {
    for (const match of text.matchAll(quotedSetting)) {
      const [, name = '', , value = ''] = match;
      if (looksSecret(name) && isLikeASecret(value, name)) add(value, name, match.index);
    }
    for (const match of text.matchAll(envSetting)) {
      const [, name = '', value = ''] = match;
      if (looksSecret(name) && isLikeASecret(value, name)) add(value, name, match.index);
    }
  }
  return [...found].map(([value, { what, at }]) => ({ what, value, line: lineAt(text, at) }));
}

/**
 * A setting in capitals is one of an environment: whatever it is set to counts. Other names stand in code for labels,
 * paths and keys of translations too: of these only what no word looks like.
 */
function isLikeASecret(value: string, name: string): boolean {
  if (madeUp.test(value)) return false;
  if (/^[A-Z][A-Z0-9_]*$/.test(name)) return !/^(?:\/|\.\.?\/|https?:\/\/[^@]*$)|[()]/.test(value);
  return (
    value.length >= 8 &&
    /[A-Za-z]/.test(value) &&
    /\d/.test(value) &&
    !/^(?:\/|\.\.?\/|https?:)|[(){}<>]|^[a-z]+(?:[._-][a-z0-9]+)+$/i.test(value)
  );
}

function lineAt(text: string, at: number): number {
  let line = 1;
  for (let next = text.indexOf('\n'); next !== -1 && next < at; next = text.indexOf('\n', next + 1))
    line += 1;
  return line;
}
