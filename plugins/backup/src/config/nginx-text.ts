export interface NginxPiece {
  kind: 'comment' | 'lua' | 'code';
  text: string;
}

const token = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|#[^\n]*|[^\s;{}"'#][^\s;{}"']*|\s+|[\s\S]/gs;
const lua =
  /--\[(=*)\[[\s\S]*?(?:\]\1\]|$)|--[^\n]*|\[(=*)\[[\s\S]*?(?:\]\2\]|$)|"(?:[^"\\\n]|\\[\s\S])*(?:"|(?=\n)|$)|'(?:[^'\\\n]|\\[\s\S])*(?:'|(?=\n)|$)|[{}]/g;

/** An nginx configuration cut into comments, bodies of Lua blocks, and the rest; together they are the text. */
export function nginxPieces(text: string): NginxPiece[] {
  const pieces: NginxPiece[] = [];
  let from = 0;
  let isLua = false;
  const cut = (kind: NginxPiece['kind'], start: number, end: number) => {
    if (start > from) pieces.push({ kind: 'code', text: text.slice(from, start) });
    if (end > start) pieces.push({ kind, text: text.slice(start, end) });
    from = end;
  };
  token.lastIndex = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [found] = match;
    const end = match.index + found.length;
    if (found.startsWith('#')) cut('comment', match.index, end);
    else if (found.endsWith('_by_lua_block')) isLua = true;
    else if (found === ';') isLua = false;
    else if (found === '{' && isLua) {
      isLua = false;
      const close = endOfLua(text, end);
      cut('lua', end, close);
      token.lastIndex = close;
    }
  }
  cut('code', text.length, text.length);
  return pieces;
}

/** Where the brace is that closes the body. */
function endOfLua(text: string, start: number): number {
  let depth = 1;
  lua.lastIndex = start;
  for (let match = lua.exec(text); match !== null; match = lua.exec(text)) {
    if (match[0] === '{') depth += 1;
    if (match[0] === '}') depth -= 1;
    if (depth === 0) return match.index;
  }
  return text.length;
}

/**
 * Lua with the text of its strings, long numbers and comments replaced. Names of modules stay:
 * `require "resty.redis"`.
 */
export function withoutLuaLiterals(code: string, placeholder: string): string {
  const literal = new RegExp(
    String.raw`(\brequire\s*\(?\s*(?:"[a-z][\w.-]*"|'[a-z][\w.-]*'))|${lua.source.replaceAll('\\2', '\\3').replaceAll('\\1', '\\2')}|(?<![\w.])(?:0x[0-9a-f]{4,}|\d{4,}[\w.]*)`,
    'gi',
  );
  return code.replace(literal, (found, required: string | undefined) => {
    if (required !== undefined || found === '{' || found === '}') return found;
    if (found.startsWith('--')) return `-- ${placeholder}`;
    if (/^["']{2}$/.test(found)) return found;
    return /^["'[]/.test(found) ? `"${placeholder}"` : '0';
  });
}
