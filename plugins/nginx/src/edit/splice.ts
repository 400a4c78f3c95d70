/** A piece of a text that is replaced; where both are the same, something is put in. */
export interface Splice {
  start: number;
  end: number;
  text: string;
}

/** Those of one place stay in their order. */
export function spliced(text: string, splices: readonly Splice[]): string {
  let out = '';
  let at = 0;
  for (const { start, end, text: put } of [...splices].sort((a, b) => a.start - b.start)) {
    out += text.slice(at, start) + put;
    at = end;
  }
  return out + text.slice(at);
}

/** How lines end in a file. */
export function lineEnding(text: string): string {
  const first = text.indexOf('\n');
  return first > 0 && text[first - 1] === '\r' ? '\r\n' : '\n';
}

/** The blanks a line begins with. */
export function indentAt(text: string, position: number): string {
  const start = text.lastIndexOf('\n', position - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, position))?.[0] ?? '';
}

/** Whether nothing but blanks is before it on its line. */
export function beginsLine(text: string, position: number): boolean {
  const start = text.lastIndexOf('\n', position - 1) + 1;
  return text.slice(start, position).trim() === '';
}

/** Behind a directive: at the end of its line if nothing but a comment follows there, else directly behind it. */
export function behind(text: string, end: number): number {
  const rest = /^[ \t]*(?:#[^\r\n]*)?(?=\r?\n)/.exec(text.slice(end, end + 8192));
  return rest === null ? end : end + rest[0].length;
}
