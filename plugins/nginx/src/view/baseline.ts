import { printable } from '@om-ops/kit/text';
import type { Proof } from '../apply/plan.ts';

export interface BaselineResult {
  changed: boolean;
  file: string;
  line: number;
  /** What is edited: `location /api/`. */
  what: string;
  /** Unified; empty when nothing would be changed. */
  diff: string;
  /** What could not be set, as sentences. */
  left: readonly string[];
}

export interface ApplyResult {
  outcome: 'planned' | 'unchanged' | 'applied' | 'undone' | 'partial';
  file: string;
  line: number;
  what: string;
  diff: string;
  /** Where the file is kept as it was; null when it is not written. */
  backup: string | null;
  checks: readonly Proof[];
  left: readonly string[];
  /** Why it was undone. */
  problem?: string;
}

function lines(diff: string): string {
  return diff.trimEnd().split('\n').map(printable).join('\n');
}

export function baselineText({ changed, file, line, what, diff, left }: BaselineResult): string {
  if (!changed)
    return left.length > 0
      ? `${file}:${line}: there is nothing om-ops could set in ${what}.`
      : `${file}:${line}: the baseline holds in ${what}; nothing would be changed.`;
  return `${lines(diff)}\n\nThis would be changed in ${what} (${file}:${line}). Do it: om-ops nginx apply`;
}

export function applyText(result: ApplyResult, steps: readonly string[]): string {
  const { outcome, file, line, what, diff, backup, checks } = result;
  const where = `${what} (${file}:${line})`;
  const proofs = checks.map(
    ({ check, ok, message }) => `  ${ok ? 'ok    ' : 'failed'}  ${check}: ${message}`,
  );
  if (outcome === 'unchanged') return `The baseline holds in ${where}; nothing was changed.`;
  if (outcome === 'planned') {
    const shown = diff === '' ? [] : [lines(diff), ''];
    return [
      ...shown,
      'Would be done:',
      ...steps.map((step) => `  ${printable(step)}`),
      'Nothing was changed.',
    ].join('\n');
  }
  const kept = backup === null ? [] : [`What the file held before: ${backup}`];
  if (outcome === 'applied')
    return [
      diff === '' ? 'nginx has read its configuration again.' : `Set the baseline in ${where}.`,
      ...proofs,
      ...kept,
    ].join('\n');
  return [`The baseline was not set in ${where}.`, ...proofs, ...kept].join('\n');
}
