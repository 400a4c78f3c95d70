/** A member's name for people: bytes that are no UTF-8, control characters and the like as `\x1b`. */
export function printableName(name: Buffer): string {
  const text = name.toString();
  if (isPlain.test(text)) return text;
  let shown = '';
  for (let at = 0; at < name.length; ) {
    const length = lengthByFirstByte(name[at] as number);
    const character = name.toString('utf8', at, at + length);
    if (Buffer.byteLength(character) === length && isPlain.test(character)) {
      shown += character === '\\' ? '\\\\' : character;
      at += length;
    } else {
      shown += `\\x${(name[at] as number).toString(16).padStart(2, '0')}`;
      at += 1;
    }
  }
  return shown;
}

/** No control, format (direction marks among them), private or replacement character. */
const isPlain = /^[^\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\ufffd]*$/u;

function lengthByFirstByte(byte: number): number {
  if (byte >= 0xf0) return 4;
  if (byte >= 0xe0) return 3;
  return byte >= 0xc0 ? 2 : 1;
}
