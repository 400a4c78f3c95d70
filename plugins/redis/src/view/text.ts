import { printable } from '@om-ops/kit/text';
import type { Finding } from '../finding.ts';

export function findingsText(findings: readonly Finding[]): string {
  return findings
    .map(({ level, why, command }) =>
      [
        `${level === 'info' ? 'note' : level}  ${printable(why)}`,
        ...(command === null ? [] : [`  → ${command}`]),
      ].join('\n'),
    )
    .join('\n');
}

export function paragraphs(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}
