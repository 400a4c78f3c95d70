import { formatTable, plural, printableName } from '@om-ops/kit/text';
import type { CheckResult } from '../check.ts';
import type { Finding } from '../findings/finding.ts';

const words: Record<Finding['level'], string> = {
  critical: 'critical',
  warning: 'warning',
  unknown: 'unknown',
  info: 'note',
};

/** Findings below each other: place, sentence, what mends it. */
export function findingsText(findings: readonly Finding[]): string {
  return findings
    .map(({ level, file, line, text, command }) => {
      const place =
        file === null ? '' : ` ${printableName(file)}${line === null ? '' : `:${line}`}`;
      return [
        `${words[level]}${place}`,
        `  ${text}`,
        ...(command === null ? [] : [`  → ${command}`]),
      ].join('\n');
    })
    .join('\n');
}

export function checkText({ files, findings, counts }: CheckResult, withNotes: boolean): string {
  const table =
    files.length === 0
      ? ''
      : formatTable<CheckResult['files'][number]>(
          [
            { head: 'FILE', cell: ({ path }) => printableName(path) },
            { head: 'MODE', cell: ({ mode }) => mode ?? 'not there' },
            { head: 'KEYS', cell: ({ keys }) => `${keys}`, align: 'right' },
          ],
          files,
        );
  const shown = findings.filter(({ level }) => withNotes || level !== 'info');
  const left = findings.length - shown.length;
  return [
    table,
    findingsText(shown),
    ...(counts.critical + counts.warning + counts.unknown === 0
      ? ['Nothing is wrong with them.']
      : []),
    ...(left > 0 ? [`${plural(left, 'note')} more: --notes`] : []),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
