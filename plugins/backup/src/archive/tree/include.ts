import picomatch from 'picomatch';
import { type BytesPath, readablePath } from './bytes-path.ts';

/** What is still wanted below a folder: patterns of which its path matched the first segments. */
export interface Inclusions {
  /** How many segments are matched. */
  depth: number;
  patterns: { pattern: string; segments: ((name: string) => boolean)[] }[];
}

/**
 * The inclusions at the source: paths relative to it (`nginx.conf`, `conf.d/site`), each segment of
 * which may be a glob. A pattern takes in all that is below what it matches.
 */
export function inclusionsOf(patterns: readonly string[]): Inclusions {
  return {
    depth: 0,
    patterns: patterns.map((pattern) => ({
      pattern,
      segments: pattern
        .split('/')
        .filter((segment) => segment !== '' && segment !== '.')
        .map(matcherOf),
    })),
  };
}

function matcherOf(segment: string): (name: string) => boolean {
  if (!picomatch.scan(segment).isGlob) return (name) => name === segment;
  const glob = picomatch.makeRe(segment, { dot: true, nonegate: true });
  return (name) => glob.test(name);
}

/**
 * What the inclusions of a folder say about a name in it: `all` of it is wanted, with the patterns
 * that say so, some of what is below, or nothing.
 */
export function includedBelow(
  inclusions: Inclusions,
  name: BytesPath,
): { all: string[] } | { some: Inclusions } | undefined {
  const text = readablePath(name);
  const { depth } = inclusions;
  const matching = inclusions.patterns.filter(({ segments }) => segments[depth]?.(text));
  const whole = matching.filter(({ segments }) => segments.length === depth + 1);
  if (whole.length > 0) return { all: whole.map(({ pattern }) => pattern) };
  return matching.length > 0 ? { some: { depth: depth + 1, patterns: matching } } : undefined;
}
