import { stripVTControlCharacters } from 'node:util';
import { displayWidth } from '@om-ops/kit/text';

/** A text without colours in so many columns, cut at its end. */
export function fitted(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (displayWidth(kept + character) > width - 1) break;
    kept += character;
  }
  return width < 1 ? '' : `${kept}…`;
}

/** The same, cut at its beginning: for what is being typed. */
export function fittedEnd(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  for (const character of [...text].reverse()) {
    if (displayWidth(kept + character) > width - 1) break;
    kept = character + kept;
  }
  return width < 1 ? '' : `…${kept}`;
}

/** Pieces in lines, as many in each as fit, a dot between them. */
export function flowed(pieces: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    const longer = last === undefined ? piece : `${last} · ${piece}`;
    if (last !== undefined && displayWidth(stripVTControlCharacters(longer)) <= width)
      lines[lines.length - 1] = longer;
    else lines.push(fitted(piece, width));
  }
  return lines;
}
