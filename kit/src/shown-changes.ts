import type { Change } from './guarded.ts';
import type { Redactor } from './redact.ts';
import { printable } from './text/format.ts';

const verbs: Record<Change['kind'], string> = {
  create: 'Make',
  edit: 'Change',
  remove: 'Remove',
  permissions: 'Set the permissions of',
  run: 'Run',
};

/** What would be changed, as it is shown before it is asked for: each change, and its diff below it. */
export function shownChanges(changes: readonly Change[], redactor: Redactor): string {
  const lines = changes.flatMap(({ kind, what, detail, diff }) => [
    `${verbs[kind]} ${what}${detail === undefined ? '' : ` (${detail})`}`,
    ...(diff === undefined ? [] : diff.replace(/\n$/, '').split('\n')),
  ]);
  return `${lines.map((line) => printable(redactor.foreign(line))).join('\n')}\n`;
}
