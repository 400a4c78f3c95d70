import { isEscaped, pathBytes } from './escape.ts';

// Control, line-separating, invisible and direction-changing characters: what is pasted must be what was read.
const deceptive = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/**
 * One word of a shell command that names `path` (in the escaped form of escape.ts) and nothing else.
 * Single quotes wherever they do; `$'…'` for bytes that cannot be read or pasted safely.
 */
export function shellWord(path: string): string {
  if (!isEscaped(path) && !deceptive.test(path)) return `'${path.replaceAll("'", "'\\''")}'`;
  const parts = ["$'"];
  // Octal, because how many digits follow \x differs from shell to shell.
  for (const byte of pathBytes(path)) {
    if (byte === 0x27 || byte === 0x5c) parts.push(`\\${String.fromCharCode(byte)}`);
    else if (byte >= 0x20 && byte < 0x7f) parts.push(String.fromCharCode(byte));
    else parts.push(`\\${byte.toString(8).padStart(3, '0')}`);
  }
  parts.push("'");
  return parts.join('');
}
