import { looksSecret, looksSecretSetting, redacted } from '../src/redact.ts';

// The rules as they stood before redaction was made linear, to measure the meaning of the new ones by.
const urlPassword = /([a-z][a-z0-9+.-]*:\/\/[^\s/:@'"]*:)([^\s/'"]+)@/gi;
const urlParameter =
  /([?&](?:amp;)?([A-Za-z_][\w.[\]-]*)=)([^\s&#"'<>`]+?)(?=[;,.)}\]]{0,4}(?:[\s&#"'<>`]|$))/g;
const bearer =
  /\b(Bearer|Basic(?!\s+[A-Z]?[a-z]+(?![A-Za-z0-9._~+/=-])))\s+[A-Za-z0-9._~+/=-]{8,}/g;
const assignment =
  /((?:^|[\s"'{,;?&-])([A-Za-z_][A-Za-z0-9_.-]*)["']?\s*[=:]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"',;&{}[\]]+)/g;

const isVariable = (value: string) => /^\$(?:\w+|\{\w+\})$/.test(value);

function hideParameters(text: string): string {
  return text.replace(urlParameter, (whole, head: string, key: string, value: string) =>
    (looksSecretSetting(key) || /^sig$/i.test(key)) && !isVariable(value)
      ? `${head}${redacted}`
      : whole,
  );
}

export function oldValue(text: string): string {
  return text.includes('://') ? hideParameters(text.replace(urlPassword, `$1${redacted}@`)) : text;
}

export function oldText(text: string): string {
  return hideParameters(oldValue(text))
    .replace(bearer, `$1 ${redacted}`)
    .replace(assignment, (whole, head: string, key: string, value: string) =>
      looksSecret(key) && !(/^[?&]/.test(head) && isVariable(value)) ? `${head}${redacted}` : whole,
    );
}
