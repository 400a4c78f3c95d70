/**
 * Characters that cannot be seen or that turn the text around them: controls, marks of direction,
 * zero-width ones, lone surrogates. A name may hold any of them to look like another.
 */
const hidden =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

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
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
