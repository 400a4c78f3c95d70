import { hiddenInSight, spelledCharacter } from '../hidden-characters.ts';

/** The text in pieces; hidden characters are spelled as `\u202e` and marked. */
export function visiblePieces(text: string): { text: string; escaped: boolean }[] {
  const pieces: { text: string; escaped: boolean }[] = [];
  let from = 0;
  for (const found of text.matchAll(hiddenInSight)) {
    if (found.index > from) pieces.push({ text: text.slice(from, found.index), escaped: false });
    pieces.push({ text: spelledCharacter(found[0]), escaped: true });
    from = found.index + found[0].length;
  }
  if (from < text.length || pieces.length === 0) {
    pieces.push({ text: text.slice(from), escaped: false });
  }
  return pieces;
}

/** The text with hidden characters spelled out, for places that take no markup: titles, options, names. */
export function visibleText(text: string): string {
  return text.replace(hiddenInSight, spelledCharacter);
}
