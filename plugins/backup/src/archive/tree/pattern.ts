import picomatch from 'picomatch';

/** What to say of names with brackets and braces, and of those of extended globs: `[slug]`, `photo?.jpg`. */
const unclear = /[[\]{}?()]/;
const special = /[\\*?[\]{}()!+@|]/g;

/**
 * The pattern as picomatch is to take it: parentheses and bars mean themselves, `photo (1).jpg`, unless
 * they belong to an extended glob, `@(a|b)`.
 */
function withPlainParentheses(pattern: string): string {
  let plain = '';
  const open: boolean[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === '\\') {
      plain += pattern.slice(at, at + 2);
      at += 1;
    } else if (character === '(') {
      const isExtended = /[@!+?*]/.test(pattern.charAt(at - 1)) && hasEnd(pattern, at);
      open.push(isExtended);
      plain += isExtended ? '(' : '\\(';
    } else if (character === ')') {
      plain += open.pop() === true ? ')' : '\\)';
    } else if (character === '|' && open.at(-1) !== true) plain += '\\|';
    else plain += character;
  }
  return plain;
}

/** Whether the parenthesis at `from` is closed before the segment ends. */
function hasEnd(pattern: string, from: number): boolean {
  const end = pattern.indexOf(')', from);
  return end > 0 && !pattern.slice(from, end).includes('/');
}

/** Whether it is more than a name: parentheses alone make none. */
export function isGlob(pattern: string): boolean {
  return picomatch.scan(withPlainParentheses(pattern)).isGlob;
}

/** `names`: what is exactly the name of something there is; such a segment means that name, and only that. */
export function globOf(pattern: string, names: ReadonlySet<string> = new Set()): RegExp {
  const meant = withNames(pattern, names);
  // `**` goes over newlines in names as well.
  return picomatch.makeRe(withPlainParentheses(meant), { dot: true, nonegate: true, flags: 's' });
}

/** The pattern with each segment that is a name written so that it can mean nothing else. */
export function withNames(pattern: string, names: ReadonlySet<string>): string {
  return pattern
    .split('/')
    .map((segment) => (names.has(segment) ? segment.replace(special, '\\$&') : segment))
    .join('/');
}

/** The segments of patterns that may be names as well: `[slug]`. Whether they are, only the tree can say. */
export function unclearSegments(patterns: readonly string[]): string[] {
  return [
    ...new Set(
      patterns
        .flatMap((pattern) => pattern.split('/'))
        .filter((segment) => unclear.test(segment) && isGlob(segment)),
    ),
  ];
}

/** Of a pattern that is a name nowhere, but looks like one: `[draft]` also means `d`. */
export function looksLikeName(pattern: string, names: ReadonlySet<string>): boolean {
  return pattern.split('/').some((segment) => /\[.+\]/.test(segment) && !names.has(segment));
}
