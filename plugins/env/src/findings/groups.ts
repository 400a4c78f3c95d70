import { parseDatabaseUrl } from '@om-ops/kit/database';
import type { EnvKey } from '../read/env-file.ts';
import type { EnvSection } from '../site.ts';
import { type Finding, finding } from './finding.ts';

type Keys = ReadonlyMap<string, EnvKey>;

function isSet(keys: Keys, key: string): boolean {
  return (keys.get(key)?.assignment.value ?? '') !== '';
}

/** `oneOf`, `integrations` and `agree` of the profile, and the pairs that every site has. */
export function groupFindings(keys: Keys, section: EnvSection): Finding[] {
  const said = new Set(section.agree.map((pair) => pair.join()));
  return [
    ...section.oneOf.flatMap((group) =>
      group.some((key) => isSet(keys, key))
        ? []
        : [finding('one-of', 'critical', `None of ${group.join(', ')} is set, and one must be.`)],
    ),
    ...Object.entries(section.integrations).flatMap(([name, group]) => {
      const missing = group.filter((key) => !isSet(keys, key));
      return missing.length === 0 || missing.length === group.length
        ? []
        : [
            finding(
              'half-set',
              'warning',
              `${name} is set by half: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`,
              {
                name: missing[0] ?? null,
                command: `om-ops env set ${missing[0]}`,
              },
            ),
          ];
    }),
    ...agreeFindings(keys, section.agree, 'critical'),
    ...agreeFindings(
      keys,
      usualPairs.filter((pair) => !said.has(pair.join())),
      'warning',
    ),
  ];
}

/** Names that mean the same beside a URL; both are there only where two libraries read them. */
const usualPairs: [string, string][] = [
  ['DATABASE_URL.password', 'POSTGRES_PASSWORD'],
  ['DATABASE_URL.user', 'POSTGRES_USER'],
  ['DATABASE_URL.name', 'POSTGRES_DB'],
  ['DATABASE_URL.password', 'DB_PASSWORD'],
  ['DATABASE_URL.user', 'DB_USER'],
  ['DATABASE_URL.name', 'DB_NAME'],
  ['DATABASE_URL.port', 'DB_PORT'],
  ['REDIS_URL.password', 'REDIS_PASSWORD'],
];

function agreeFindings(
  keys: Keys,
  pairs: readonly (readonly [string, string])[],
  level: 'critical' | 'warning',
): Finding[] {
  return pairs.flatMap(([one, other]) => {
    const values = [valueAt(keys, one), valueAt(keys, other)];
    const [first, second] = values;
    if (first === undefined || second === undefined || first === second) return [];
    const key = other.split('.')[0] as string;
    return [
      finding('disagree', level, `${one} and ${other} do not say the same.`, {
        file: keys.get(key)?.file ?? null,
        line: keys.get(key)?.line ?? null,
        name: key,
      }),
    ];
  });
}

/** Of a key, or of a part of the URL that it holds; undefined: not set, or no such part. */
function valueAt(keys: Keys, path: string): string | undefined {
  const [key = '', part] = path.split('.');
  const value = keys.get(key)?.assignment.value;
  // What other variables are put into is not compared: it says nothing by itself.
  if (value === undefined || value === '' || value.includes('${')) return undefined;
  if (part === undefined) return value;
  const parsed = partsOf(value);
  const found = parsed?.[part];
  return found === undefined || found === '' ? undefined : found;
}

function partsOf(text: string): Record<string, string | undefined> | undefined {
  const known = parseDatabaseUrl(text);
  if (known !== undefined) {
    const { user, password, host, port, name } = known;
    return { user, password, host, port: port?.toString(), name };
  }
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const plain = (part: string) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  };
  return {
    user: plain(url.username),
    password: plain(url.password),
    host: url.hostname,
    port: url.port,
    name: url.pathname.slice(1),
  };
}
