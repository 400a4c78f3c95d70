/** The components of a member's name below the target; none for the target itself. */
export type NameParts = Buffer[];

const slash = 0x2f;
const dot = 0x2e;

/** `refusal` says why a name must not be used, as the end of a sentence that starts with the member. */
export type ParsedName = { parts: NameParts } | { refusal: string };

/** Takes a name apart. Absolute names, `..` and NULs are refused; `.` and empty components are dropped. */
export function parseName(name: Buffer): ParsedName {
  if (name.length === 0) return { refusal: 'has no name' };
  if (name[0] === slash) return { refusal: 'has an absolute name' };
  if (name.includes(0)) return { refusal: 'has a name with a NUL character' };
  const parts: NameParts = [];
  for (let start = 0; start <= name.length; ) {
    const found = name.indexOf(slash, start);
    const end = found < 0 ? name.length : found;
    const length = end - start;
    if (length === 2 && name[start] === dot && name[start + 1] === dot)
      return { refusal: 'has a name that leads out of the target folder (..)' };
    if (length > 0 && !(length === 1 && name[start] === dot)) parts.push(name.subarray(start, end));
    start = end + 1;
  }
  return { parts };
}

const separator = Buffer.from('/');

export function joinParts(parts: readonly Buffer[], count = parts.length): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < count; at++) {
    if (at > 0) pieces.push(separator);
    pieces.push(parts[at] as Buffer);
  }
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
}
