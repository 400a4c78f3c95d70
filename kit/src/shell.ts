import { hiddenCharacter } from './hidden-characters.ts';

const plain = /^[A-Za-z0-9_./:@%+=,-]+$/;
const quote = 0x27;
const backslash = 0x5c;

/**
 * One word of a shell command, quoted, that is `text` and nothing else: single quotes wherever they do;
 * `$'…'` (bash, zsh, ksh, busybox ash) for bytes that are no text and for characters that cannot be read
 * or pasted safely.
 */
export function shellQuoted(text: string | Uint8Array): string {
  if (typeof text === 'string' && !hiddenCharacter.test(text))
    return `'${text.replaceAll("'", "'\\''")}'`;
  const parts = ["$'"];
  // Octal, because how many digits follow \x differs from shell to shell.
  for (const byte of typeof text === 'string' ? Buffer.from(text) : text) {
    if (byte === quote || byte === backslash) parts.push(`\\${String.fromCharCode(byte)}`);
    else if (byte >= 0x20 && byte < 0x7f) parts.push(String.fromCharCode(byte));
    else parts.push(`\\${byte.toString(8).padStart(3, '0')}`);
  }
  parts.push("'");
  return parts.join('');
}

/** `shellQuoted`, or `text` itself where a shell takes it as it is: for command lines that people read. */
export function shellWord(text: string): string {
  return plain.test(text) && !text.startsWith('=') ? text : shellQuoted(text);
}
