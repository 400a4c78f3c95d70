import type { Site } from '@om-ops/kit';
import { readExample } from './findings/example.ts';
import { isPlaceholder, isSecretName, lengthClass } from './findings/value.ts';
import { assignmentsOf, keysOf, readEnvFilesOf } from './read/env-file.ts';
import type { EnvSection } from './site.ts';
import { ambient, type Use, usesBelow } from './uses/uses.ts';

/** One variable, and nothing of its value. */
export interface ShownKey {
  name: string;
  /** Where it is set; the first counts. */
  setIn: { file: string; line: number }[];
  secret: boolean;
  state: 'set' | 'empty' | 'placeholder' | 'missing';
  /** `16 to 31 characters`; null: not set. */
  length: string | null;
  required: boolean;
  inExample: boolean;
  /** Where it is read; null: nobody looked. */
  usedIn: Use[] | null;
}

export interface KeysResult {
  files: string[];
  keys: ShownKey[];
  /** How many source files were read; null: nobody looked. */
  sources: number | null;
}

/** Every variable that is set, required, in the example, or, with `uses`, read by the code. */
export async function shownKeys(
  site: Site,
  section: EnvSection,
  { uses: withUses, signal }: { uses: boolean; signal: AbortSignal },
): Promise<KeysResult & { cut: boolean; unreadable: string[] }> {
  const files = readEnvFilesOf(site, section);
  const keys = keysOf(files);
  const example = readExample(site, section);
  const uses = withUses ? await usesBelow(site.root, signal) : undefined;
  const names = new Set([
    ...keys.keys(),
    ...section.required,
    ...(example?.keys.keys() ?? []),
    ...[...(uses?.byKey.keys() ?? [])].filter((name) => !ambient.test(name)),
  ]);
  return {
    files: files.filter(({ stat }) => stat !== null).map(({ path }) => path),
    sources: uses?.files ?? null,
    cut: uses?.cut ?? false,
    unreadable: files.filter(({ unreadable }) => unreadable !== null).map(({ path }) => path),
    keys: [...names].sort().map((name): ShownKey => {
      const value = keys.get(name)?.assignment.value;
      return {
        name,
        setIn: files.flatMap((file) =>
          assignmentsOf(file)
            .filter(({ key }) => key === name)
            .map(({ startLine }) => ({ file: file.path, line: startLine })),
        ),
        secret: isSecretName(name),
        state:
          value === undefined
            ? 'missing'
            : value === ''
              ? 'empty'
              : isPlaceholder(value)
                ? 'placeholder'
                : 'set',
        length: value === undefined ? null : lengthClass(value),
        required: section.required.includes(name),
        inExample: example?.keys.has(name) ?? false,
        usedIn: uses === undefined ? null : (uses.byKey.get(name) ?? []),
      };
    }),
  };
}
