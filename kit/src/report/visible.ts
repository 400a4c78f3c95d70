/**
 * Characters that cannot be seen or that turn the text around them, the same as shellQuoted takes for
 * deceptive, and lone surrogates. A name may hold any of them to look like another. What makes one
 * picture of an emoji stays: the variation selector behind it, the joiner between two.
 */
const hidden =
  /(?!(?<=\p{Extended_Pictographic})[\ufe0e\ufe0f]|(?<=[0-9#*])\ufe0f\u20e3|(?<=(?:\p{Extended_Pictographic}|\p{Emoji_Modifier})\ufe0f?)\u200d\p{Extended_Pictographic})[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/** The text in pieces; hidden characters are spelled as `\u202e` and marked. */
export function visiblePieces(text: string): { text: string; escaped: boolean }[] {
  const pieces: { text: string; escaped: boolean }[] = [];
  let from = 0;
  for (const found of text.matchAll(hidden)) {
    if (found.index > from) pieces.push({ text: text.slice(from, found.index), escaped: false });
    pieces.push({ text: spelled(found[0]), escaped: true });
    from = found.index + found[0].length;
  }
  if (from < text.length || pieces.length === 0) {
    pieces.push({ text: text.slice(from), escaped: false });
  }
  return pieces;
}

/** The text with hidden characters spelled out, for places that take no markup: titles, options, names. */
export function visibleText(text: string): string {
  return text.replace(hidden, spelled);
}

function spelled(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  if (character === '\r') return '\\r';
  const code = character.codePointAt(0)!.toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
