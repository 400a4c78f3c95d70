// A quote that is not closed on its line is a character like any other, for nginx's Lua module.
const token =
  /--\[(=*)\[[\s\S]*?(?:\]\1\]|$)|--[^\n]*|\[(=*)\[[\s\S]*?(?:\]\2\]|$)|"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'|[{}]/g;

/**
 * Where the brace is that closes a Lua block: Lua has strings, comments and braces of its own.
 *
 * @param start behind the brace that opens it
 * @returns -1 when it is never closed
 */
export function endOfLua(text: string, start: number): number {
  let depth = 1;
  token.lastIndex = start;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === '{') depth += 1;
    if (match[0] === '}') depth -= 1;
    if (depth === 0) return match.index;
  }
  return -1;
}
