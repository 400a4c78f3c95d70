export interface JsToken {
  kind: 'comment' | 'string' | 'template' | 'regex' | 'number' | 'word' | 'punctuator';
  start: number;
  end: number;
}

/**
 * Cuts JavaScript or JSON into tokens, white space left out. Enough for finding what is a string, what
 * a comment and what a key; undefined when the text ends within one or makes no sense.
 */
export function jsTokens(text: string): JsToken[] | undefined {
  const tokens: JsToken[] = [];
  let at = 0;
  while (at < text.length) {
    const start = at;
    if (/\s/.test(text[at]!)) {
      at += 1;
      continue;
    }
    const kind = kindAt(
      text,
      at,
      tokens.findLast((token) => token.kind !== 'comment'),
    );
    const end = endOf(kind, text, start);
    if (end === undefined) return undefined;
    tokens.push({ kind, start, end });
    at = end;
  }
  return tokens;
}

const word = /[\p{ID_Start}$_#@][\p{ID_Continue}$\u200c\u200d]*/uy;
const number = /\.?\d[\w.]*/y;
const punctuator =
  /=>|\.\.\.|===|!==|==|!=|<=|>=|\?\?=|\?\?|\?\.|\|\||&&|\+\+|--|[-+*/%&|^<>]=|[{}()[\];,<>+\-*/%&|^!~?:=.\\]/y;

function kindAt(text: string, at: number, before: JsToken | undefined): JsToken['kind'] {
  const character = text[at]!;
  const next = text[at + 1];
  if (character === '/' && (next === '/' || next === '*')) return 'comment';
  if (character === '#' && next === '!' && at === 0) return 'comment';
  if (character === '"' || character === "'") return 'string';
  if (character === '`') return 'template';
  if (character === '/' && regexMayFollow(before, text)) return 'regex';
  if (/\d/.test(character) || (character === '.' && /\d/.test(next ?? ''))) return 'number';
  return matchEnd(word, text, at) === undefined ? 'punctuator' : 'word';
}

/** After a value a slash divides; elsewhere it starts a pattern. */
function regexMayFollow(before: JsToken | undefined, source: string): boolean {
  if (before === undefined) return true;
  const last = source.slice(before.start, before.end);
  if (before.kind === 'punctuator') return last !== ')' && last !== ']' && last !== '}';
  return (
    before.kind === 'word' && /^(?:return|typeof|case|in|of|void|delete|throw|await)$/.test(last)
  );
}

function endOf(kind: JsToken['kind'], text: string, at: number): number | undefined {
  switch (kind) {
    case 'comment':
      return endOfComment(text, at);
    case 'string':
      return endOfString(text, at);
    case 'template':
      return endOfTemplate(text, at);
    case 'regex':
      return endOfRegex(text, at);
    case 'number':
      return matchEnd(number, text, at);
    case 'word':
      return matchEnd(word, text, at);
    case 'punctuator':
      return matchEnd(punctuator, text, at);
  }
}

function matchEnd(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function endOfComment(text: string, at: number): number | undefined {
  if (text[at + 1] !== '*') {
    const end = text.indexOf('\n', at);
    return end === -1 ? text.length : end;
  }
  const end = text.indexOf('*/', at + 2);
  return end === -1 ? undefined : end + 2;
}

function endOfString(text: string, at: number): number | undefined {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i += text[i + 1] === '\r' && text[i + 2] === '\n' ? 2 : 1;
    else if (text[i] === text[at]) return i + 1;
    else if (text[i] === '\n') return undefined;
  }
  return undefined;
}

function endOfTemplate(text: string, at: number): number | undefined {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === '`') return i + 1;
    else if (text[i] === '$' && text[i + 1] === '{') {
      const end = endOfSubstitution(text, i + 2);
      if (end === undefined) return undefined;
      i = end - 1;
    }
  }
  return undefined;
}

function endOfSubstitution(text: string, at: number): number | undefined {
  let depth = 1;
  for (let i = at; i < text.length; i++) {
    const character = text[i]!;
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if (depth === 0) return i + 1;
    if (`"'\``.includes(character)) {
      const end = character === '`' ? endOfTemplate(text, i) : endOfString(text, i);
      if (end === undefined) return undefined;
      i = end - 1;
    }
  }
  return undefined;
}

function endOfRegex(text: string, at: number): number | undefined {
  let inClass = false;
  for (let i = at + 1; i < text.length; i++) {
    const character = text[i]!;
    if (character === '\n') return undefined;
    if (character === '\\') i += 1;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '/' && !inClass) return matchEnd(/[a-z]*/y, text, i + 1);
  }
  return undefined;
}
