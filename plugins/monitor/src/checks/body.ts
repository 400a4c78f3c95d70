import type { HttpTarget } from '../site/checks.ts';

type Expected = Pick<HttpTarget, 'text' | 'json' | 'equal' | 'max'>;

/** What a body is not as it should be, as ends of a sentence. What it holds is told only where the profile speaks of it. */
export function bodyProblems({ text, json, equal, max }: Expected, body: string): string[] {
  const problems: string[] = [];
  if (text !== undefined && text !== null && !body.includes(text))
    problems.push(`its body does not hold ${JSON.stringify(text)}`);
  if (json === undefined && equal === undefined && max === undefined) return problems;
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return [...problems, 'its body is no JSON'];
  }
  for (const [path, expected] of Object.entries(json ?? {})) {
    const found = fieldOf(value, path);
    if (found !== expected)
      problems.push(`${path} is ${shown(found)}, and has to be ${shown(expected)}`);
  }
  for (const group of groupsOf(equal)) {
    const found = group.map((path) => fieldOf(value, path));
    if (found.some((one) => one === undefined || JSON.stringify(one) !== JSON.stringify(found[0])))
      problems.push(`${group.join(' and ')} are not the same (${found.map(shown).join(', ')})`);
  }
  for (const [path, most] of Object.entries(max ?? {})) {
    const found = fieldOf(value, path);
    if (typeof found !== 'number' || found > most)
      problems.push(`${path} is ${shown(found)}, and may be ${most} at most`);
  }
  return problems;
}

function groupsOf(equal: HttpTarget['equal']): string[][] {
  if (equal === undefined) return [];
  return equal.every((one) => typeof one === 'string') ? [equal] : equal;
}

/** A whole name goes before a path: `{"a.b": 1}`. */
export function fieldOf(value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, path)) return (value as Record<string, unknown>)[path];
  const dot = path.indexOf('.');
  if (dot === -1 || !Object.hasOwn(value, path.slice(0, dot))) return undefined;
  return fieldOf((value as Record<string, unknown>)[path.slice(0, dot)], path.slice(dot + 1));
}

function shown(value: unknown): string {
  if (value === undefined) return 'not there';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
