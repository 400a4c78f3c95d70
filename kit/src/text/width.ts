import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

/** How many columns of a terminal a text takes, colours not counted. */
export function displayWidth(text: string): number {
  // What most text is made of needs no tables of Unicode.
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text);
}

/** The lines of a text that is broken between words; a longer word is left whole. */
export function wrapWords(text: string, width: number): string[] {
  return displayWidth(text) <= width ? [text] : wrapAnsi(text, width).split('\n');
}
