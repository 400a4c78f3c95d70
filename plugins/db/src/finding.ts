export type Level = 'critical' | 'warning' | 'unknown' | 'info';

/** One thing that a look at the server found. */
export interface Finding {
  code: string;
  /** `unknown` could not be told; `info` is worth knowing and no fault. */
  level: Level;
  /** What it is of: a table, an index, a session. */
  object: string;
  value: number | string | null;
  threshold: number | string | null;
  /** One sentence. */
  why: string;
  /** What helps: a command line, or SQL to run. */
  command: string | null;
  /** `withheld`: there is a number, and the data does not carry it. */
  reliability: 'exact' | 'estimate' | 'withheld';
}

export function finding(
  code: string,
  level: Level,
  object: string,
  why: string,
  more: Partial<Pick<Finding, 'value' | 'threshold' | 'command' | 'reliability'>> = {},
): Finding {
  return {
    code,
    level,
    object,
    value: null,
    threshold: null,
    why,
    command: null,
    reliability: 'exact',
    ...more,
  };
}

/** The level of a number against a pair of thresholds; undefined below both. */
export function levelOf(
  value: number,
  [warning, critical]: readonly [number, number],
): 'critical' | 'warning' | undefined {
  return value >= critical ? 'critical' : value >= warning ? 'warning' : undefined;
}

const weight: Record<Level, number> = { critical: 0, warning: 1, unknown: 2, info: 3 };

export function sorted(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((one, other) => weight[one.level] - weight[other.level]);
}
