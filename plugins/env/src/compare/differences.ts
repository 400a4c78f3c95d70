import type { EnvKey } from '../read/env-file.ts';
import type { Fingerprint } from './fingerprint.ts';

export interface Difference {
  name: string;
  kind: 'only-here' | 'only-there' | 'differs';
  /** Fingerprints, never values. */
  here: string | null;
  there: string | null;
}

/**
 * What the env files say against what something else says.
 *
 * @param onlyThere whether what only the other side has is worth naming
 */
export function differences(
  keys: ReadonlyMap<string, EnvKey>,
  there: ReadonlyMap<string, string>,
  { fingerprint, onlyThere }: { fingerprint: Fingerprint; onlyThere: boolean },
): Difference[] {
  const names = [...new Set([...keys.keys(), ...(onlyThere ? there.keys() : [])])].sort();
  return names.flatMap((name): Difference[] => {
    const here = keys.get(name)?.assignment.value;
    const other = there.get(name);
    if (here === other) return [];
    const kind = here === undefined ? 'only-there' : other === undefined ? 'only-here' : 'differs';
    return [
      {
        name,
        kind,
        here: here === undefined ? null : fingerprint(here),
        there: other === undefined ? null : fingerprint(other),
      },
    ];
  });
}
