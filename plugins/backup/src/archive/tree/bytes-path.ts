import { isUtf8 } from 'node:buffer';

/**
 * A path as the walk has it: a string with one character (U+0000 to U+00FF) for each byte. Names in
 * any bytes survive, comparing is comparing bytes, and it takes a quarter of the memory of a Buffer.
 */
export type BytesPath = string;

export function bytesOf(path: BytesPath): Buffer {
  return Buffer.from(path, 'latin1');
}

export function bytesPath(path: Buffer | string): BytesPath {
  return (typeof path === 'string' ? Buffer.from(path) : path).toString('latin1');
}

export function joinBytes(folder: BytesPath, name: BytesPath): BytesPath {
  return folder === '' ? name : `${folder}/${name}`;
}

/**
 * The path for people and JSON: as it is when it is UTF-8; else every byte of it that is no part of a
 * UTF-8 character is written `\xNN`, two hex digits, and the rest as it is.
 */
export function readablePath(path: BytesPath): string {
  if (isAscii(path)) return path;
  const bytes = bytesOf(path);
  if (isUtf8(bytes)) return bytes.toString();
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes[at]!);
    const character = bytes.subarray(at, at + length);
    if (length > 0 && character.length === length && isUtf8(character)) {
      text += character.toString();
      at += length;
    } else {
      text += `\\x${bytes[at]!.toString(16).padStart(2, '0')}`;
      at += 1;
    }
  }
  return text;
}

/** Most names are; a loop over a short string is much faster than a regular expression. */
export function isAscii(path: BytesPath): boolean {
  for (let at = 0; at < path.length; at += 1) if (path.charCodeAt(at) > 0x7f) return false;
  return true;
}

/** How many bytes the UTF-8 character has that starts with this one; 0 when none does. */
function characterLength(first: number): number {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}
