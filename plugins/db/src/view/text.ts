import { formatBytes, formatDuration, printable } from '@om-ops/kit/text';
import type { Finding } from '../finding.ts';

const words: Record<Finding['level'], string> = {
  critical: 'critical',
  warning: 'warning',
  unknown: 'unknown',
  info: 'note',
};

export function findingsText(findings: readonly Finding[]): string {
  return findings
    .map(({ level, why, command }) =>
      [
        `${words[level]}  ${printable(why)}`,
        ...(command === null ? [] : [`  → ${printable(command)}`]),
      ].join('\n'),
    )
    .join('\n');
}

/** Parts with a line between them; empty ones left out. */
export function paragraphs(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}

export const bytes = (value: number | null): string =>
  value === null ? 'not known' : formatBytes(value);
export const ms = (value: number | null): string => (value === null ? '' : formatDuration(value));
export const percent = (value: number | null): string =>
  value === null ? 'not known' : `${value} %`;
