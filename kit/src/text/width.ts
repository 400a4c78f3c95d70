import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

// What most text is made of needs no tables of Unicode, and nothing loaded for it.
const plain = /^[ -~]*$/;

/** How many columns of a terminal a text takes, colours not counted. */
export function displayWidth(text: string): number {
  if (plain.test(text)) return text.length;
  const { default: stringWidth } = load('string-width') as typeof import('string-width');
  return stringWidth(text);
}

/** The lines of a text that is broken between words; a longer word is left whole. */
export function wrapWords(text: string, width: number): string[] {
  if (displayWidth(text) <= width) return [text];
  const { default: wrapAnsi } = load('wrap-ansi') as typeof import('wrap-ansi');
  return wrapAnsi(text, width).split('\n');
}
