import { OpsError } from '@om-ops/kit';
import type { Analysis } from '../analysis.ts';

/** One limit of `--fail-on`: more than this is not healthy. */
export interface FailLimit {
  key: FailKey;
  limit: number;
}

export interface Exceeded extends FailLimit {
  actual: number;
}

const measures = {
  bytes: (analysis) => analysis.totals.bytes,
  'disk-bytes': (analysis) => analysis.totals.diskBytes,
  files: (analysis) => analysis.totals.files,
  directories: (analysis) => analysis.totals.directories,
  'junk-bytes': (analysis) => analysis.junk.bytes,
  'junk-files': (analysis) => analysis.junk.files,
  'duplicate-bytes': (analysis) => analysis.duplicates.wastedBytes,
  'duplicate-groups': (analysis) => analysis.duplicates.groupCount,
  stale: (analysis) => analysis.stale.files,
  'stale-bytes': (analysis) => analysis.stale.bytes,
  skipped: (analysis) => analysis.skipped.count,
} satisfies Record<string, (analysis: Analysis) => number>;

export type FailKey = keyof typeof measures;

export const failKeys = Object.keys(measures) as FailKey[];

const units: Readonly<Record<string, number>> = {
  '': 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
};

/**
 * Reads `junk-bytes=500M,stale=1000`. Numbers may end in K, M, G or T, for 1024 and its powers.
 *
 * @throws OpsError E_FAIL_ON (exit 2)
 */
export function parseFailOn(text: string): FailLimit[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  // A variable of a CI job that is not set must not open the gate.
  if (parts.length === 0) throw failOnError('--fail-on is empty.');
  return parts.map(parseLimit);
}

function parseLimit(part: string): FailLimit {
  const [key, value, ...more] = part.split('=').map((piece) => piece.trim());
  if (key === undefined || value === undefined || more.length > 0)
    throw failOnError(`\`${part}\` in --fail-on is not KEY=NUMBER.`);
  if (!Object.hasOwn(measures, key))
    throw failOnError(`--fail-on knows no \`${key}\`; it knows ${failKeys.join(', ')}.`);
  const match = /^(\d+(?:\.\d+)?)([kmgt]?)(?:i?b)?$/i.exec(value);
  if (match === null)
    throw failOnError(`\`${value}\` in --fail-on is not a number such as 1000 or 500M.`);
  return { key: key as FailKey, limit: Number(match[1]) * units[match[2]!.toLowerCase()]! };
}

function failOnError(message: string): OpsError {
  return new OpsError('E_FAIL_ON', message, {
    exit: 'usage',
    suggestions: ['For example: --fail-on junk-bytes=500M,stale=1000'],
  });
}

/** The limits that were exceeded, with the numbers found. */
export function exceeded(limits: readonly FailLimit[], analysis: Analysis): Exceeded[] {
  return limits
    .map((limit) => ({ ...limit, actual: measures[limit.key](analysis) }))
    .filter(({ actual, limit }) => actual > limit);
}
