import type { Site } from '@om-ops/kit';
import { mayBeThere } from '@om-ops/kit';
import { type EnvAssignment, envAssignments, parseEnvFile, readSmallFile } from '@om-ops/kit/site';
import type { EnvKey } from '../read/env-file.ts';
import { type EnvSection, envSection } from '../site.ts';
import { type Finding, finding } from './finding.ts';
import { isPlaceholder, isSecretName } from './value.ts';

export interface Example {
  path: string;
  text: string;
  keys: Map<string, EnvAssignment>;
}

/** Undefined: there is none. @throws what reading it throws */
export function readExample(
  site: Pick<Site, 'below'>,
  { example }: Pick<EnvSection, 'example'>,
): Example | undefined {
  if (example === null) return undefined;
  const path = site.below(example);
  if (!mayBeThere(path)) return undefined;
  const text = readSmallFile(path, 'example of the env files');
  return { path, text, keys: envAssignments(parseEnvFile(text)) };
}

/** Keys that the example names and no env file sets, and the other way round; secrets that stand in it. */
export function exampleFindings(
  site: Site,
  section: EnvSection,
  keys: ReadonlyMap<string, EnvKey>,
): Finding[] {
  const example = readExample(site, section);
  if (example === undefined) {
    return section.example !== envSection.defaults.example && section.example !== null
      ? [
          finding(
            'no-example',
            'warning',
            `There is no ${site.below(section.example)} (env.example).`,
            {
              command: 'om-ops env example',
            },
          ),
        ]
      : [];
  }
  const found: Finding[] = [];
  for (const [key, { value, startLine }] of example.keys) {
    const at = { file: example.path, line: startLine, name: key };
    if (!keys.has(key) && !section.required.includes(key))
      found.push(
        finding('not-set', 'warning', `${key} stands in the example, and no env file sets it.`, {
          ...at,
          command: `om-ops env set ${key}`,
        }),
      );
    const real = keys.get(key)?.assignment.value;
    if (isSecretName(key) && value.length >= 6 && value === real && !isPlaceholder(value))
      found.push(
        finding('example-secret', 'critical', `The example holds the real value of ${key}.`, at),
      );
  }
  for (const [key, { file, line }] of keys) {
    if (!example.keys.has(key))
      found.push(
        finding('not-in-example', 'info', `${key} is not in the example.`, {
          file,
          line,
          name: key,
          command: 'om-ops env example',
        }),
      );
  }
  return found;
}
