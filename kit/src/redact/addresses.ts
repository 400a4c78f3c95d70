import { isVariable, redacted } from './assignments.ts';
import { looksSecretSetting } from './secret-names.ts';

// One sign of the scheme is enough, and all that may be: with the whole of it, a run of letters is
// read anew from every letter on.
const password = /([a-z0-9+.-]:\/\/[^\s/:@'"]*:)([^\s/'"]+)@/gi;
/** A parameter in an address; punctuation of the sentence or directive around it is no part of it. */
const parameter =
  /([?&](?:amp;)?([A-Za-z_][\w.[\]-]*)=)([^\s&#"'<>`]+?)(?=[;,.)}\]]{0,4}(?:[\s&#"'<>`]|$))/g;

/** `text` without the passwords in addresses, `mysql://name:x@host`. */
export function hideAddressPasswords(text: string): string {
  return text.includes('://') ? text.replace(password, `$1${redacted}@`) : text;
}

/** Without what secret-looking parameters are set to; a variable, `?token=$arg_token`, stays. */
export function hideAddressParameters(text: string): string {
  if (!text.includes('=')) return text;
  return text.replace(parameter, (whole, head: string, key: string, value: string) =>
    (looksSecretSetting(key) || /^sig$/i.test(key)) && !isVariable(value)
      ? `${head}${redacted}`
      : whole,
  );
}
