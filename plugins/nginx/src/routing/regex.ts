/**
 * A regular expression of nginx's (PCRE) in JavaScript. Nearly all are the same; names of groups and a leading
 * `(?i)` are written otherwise.
 *
 * @returns undefined when it cannot be said in JavaScript
 */
export function compiled(pattern: string, ignoreCase: boolean): RegExp | undefined {
  let source = pattern.replace(/^\(\*UTF8?\)/, '').replaceAll('(?P<', '(?<');
  let flags = ignoreCase ? 'i' : '';
  const inline = /^\(\?([a-z]+)\)/.exec(source);
  if (inline !== null) {
    source = source.slice(inline[0].length);
    flags = [...new Set([...flags, ...(inline[1] as string)])].join('');
  }
  source = source.replaceAll('\\A', '^').replace(/\\[zZ]/g, '$');
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}
