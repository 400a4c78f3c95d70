export interface Finding {
  code: string;
  level: 'critical' | 'warning' | 'info';
  object: string;
  value: number | string | null;
  threshold: number | string | null;
  /** One sentence. */
  why: string;
  command: string | null;
}

export function finding(
  code: string,
  level: Finding['level'],
  object: string,
  why: string,
  more: Partial<Pick<Finding, 'value' | 'threshold' | 'command'>> = {},
): Finding {
  return { code, level, object, value: null, threshold: null, command: null, ...more, why };
}

/** The worst that is a fault; undefined: none. */
export function worst(findings: readonly Finding[]): Finding | undefined {
  return (
    findings.find(({ level }) => level === 'critical') ??
    findings.find(({ level }) => level === 'warning')
  );
}
