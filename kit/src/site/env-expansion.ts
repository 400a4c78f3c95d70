import type { EnvAssignment } from './env-file.ts';

const longest = 64 * 1024;

export interface ExpandedEnv {
  values: Map<string, string>;
  /** Key to the variable in its value that nothing sets; it is left as it stands. */
  unresolved: Map<string, string>;
}

const variable =
  /\\\$|\$\{([A-Za-z_][\w.]*)(?:(:?[-+])((?:[^{}$]|\$\{[^{}]*\})*))?\}|\$([A-Za-z_]\w*)/g;

/**
 * Puts in what `${NAME}`, `${NAME:-otherwise}`, `${NAME:+instead}` and `$NAME` stand for, as dotenv-expand does, from
 * these settings alone: the environment of whoever runs om-ops is not the application's. Values in single quotes
 * stay as they are, and so does a `$word` that is no setting: plain dotenv leaves it in a password. Circles are left.
 */
export function expandEnv(assignments: ReadonlyMap<string, EnvAssignment>): ExpandedEnv {
  const values = new Map<string, string>();
  const unresolved = new Map<string, string>();
  const open = new Set<string>();
  const expandText = (text: string, key: string): string =>
    text.replace(
      variable,
      (whole, braced?: string, operator?: string, other = '', bare?: string) => {
        const name = braced ?? bare;
        if (name === undefined) return '$';
        const value = open.has(name) ? undefined : settingOf(name);
        const isSet = value !== undefined && (value !== '' || operator?.startsWith(':') !== true);
        if (operator?.endsWith('+')) return isSet ? expandText(other, key) : '';
        if (isSet) return value;
        if (operator !== undefined) return expandText(other, key);
        if (value !== undefined) return value;
        if (braced !== undefined) unresolved.set(key, name);
        return whole;
      },
    );
  const settingOf = (key: string): string | undefined => {
    const known = values.get(key);
    if (known !== undefined) return known;
    const assignment = assignments.get(key);
    if (assignment === undefined) return undefined;
    const { value, quote } = assignment;
    open.add(key);
    const expanded = quote === "'" || !value.includes('$') ? value : expandText(value, key);
    open.delete(key);
    // What grows beyond all measure was not meant.
    values.set(key, expanded.length > longest ? value : expanded);
    return values.get(key);
  };
  for (const key of assignments.keys()) values.set(key, settingOf(key) ?? '');
  return { values, unresolved };
}
