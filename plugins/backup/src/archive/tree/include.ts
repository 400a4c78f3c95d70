import { type BytesPath, readablePath } from './bytes-path.ts';
import { globOf, isGlob } from './pattern.ts';

interface Segment {
  matches(name: string): boolean;
  /** It is a name and no pattern. */
  isName: boolean;
}

/** What is still wanted below a folder: patterns of which its path matched the first segments. */
export interface Inclusions {
  /** How many segments are matched. */
  depth: number;
  patterns: { pattern: string; segments: Segment[] }[];
}

/**
 * The inclusions at the source: paths relative to it (`nginx.conf`, `conf.d/site`), each segment of
 * which may be a glob. A pattern takes in all that is below what it matches.
 *
 * @param names see `globOf`
 */
export function inclusionsOf(
  patterns: readonly string[],
  names: ReadonlySet<string> = new Set(),
): Inclusions {
  return {
    depth: 0,
    patterns: patterns.map((pattern) => ({
      pattern,
      segments: pattern
        .split('/')
        .filter((segment) => segment !== '' && segment !== '.')
        .map((segment) => segmentOf(segment, names)),
    })),
  };
}

function segmentOf(segment: string, names: ReadonlySet<string>): Segment {
  if (names.has(segment) || !isGlob(segment))
    return { isName: true, matches: (name) => name === segment };
  const glob = globOf(segment);
  return { isName: false, matches: (name) => glob.test(name) };
}

/** What the inclusions of a folder say about a name in it. `named`: the patterns that name it, segment by segment. */
export type Wanted = ({ all: string[] } | { some: Inclusions }) & { named: string[] };

/**
 * `all` of it is wanted, with the patterns that say so, some of what is below, or nothing.
 */
export function includedBelow(inclusions: Inclusions, name: BytesPath): Wanted | undefined {
  const text = readablePath(name);
  const { depth } = inclusions;
  const matching = inclusions.patterns.filter(({ segments }) => segments[depth]?.matches(text));
  const named = matching
    .filter(({ segments }) => segments.slice(0, depth + 1).every(({ isName }) => isName))
    .map(({ pattern }) => pattern);
  const whole = matching.filter(({ segments }) => segments.length === depth + 1);
  if (whole.length > 0) return { all: whole.map(({ pattern }) => pattern), named };
  return matching.length > 0
    ? { some: { depth: depth + 1, patterns: matching }, named }
    : undefined;
}
