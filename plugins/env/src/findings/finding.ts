/** `info` is worth knowing and no fault; `unknown` could not be looked at. */
export type Level = 'critical' | 'warning' | 'info' | 'unknown';

export interface Finding {
  code: string;
  level: Level;
  /** Absolute path; null where it is about the site. */
  file: string | null;
  /** Counted from 1. */
  line: number | null;
  /** The name of the variable; never its value. */
  name: string | null;
  /** One sentence, without a value. */
  text: string;
  /** What mends it, or shows more. */
  command: string | null;
}

export function finding(
  code: string,
  level: Level,
  text: string,
  more: Partial<Pick<Finding, 'file' | 'line' | 'name' | 'command'>> = {},
): Finding {
  return { code, level, file: null, line: null, name: null, command: null, ...more, text };
}

const weight: Record<Level, number> = { critical: 0, warning: 1, unknown: 2, info: 3 };

/** The worst first; else as they were found. */
export function sorted(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((one, other) => weight[one.level] - weight[other.level]);
}
