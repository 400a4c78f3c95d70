/** Whether a key is as a pattern has it: `*` stands for anything, `?` for one character. */
export function keyMatcher(pattern: string): (key: string) => boolean {
  if (!/[*?]/.test(pattern)) return (key) => key === pattern;
  const source = pattern.replace(/[*?]|[^*?]+/g, (part) =>
    part === '*' ? '.*' : part === '?' ? '.' : RegExp.escape(part),
  );
  const expression = new RegExp(`^${source}$`, 's');
  return (key) => expression.test(key);
}
