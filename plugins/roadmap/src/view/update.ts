import type { Changed } from '../roadmap.ts';
import { changeLines, nameOf, nothingChanged } from './milestones.ts';

export interface UpdateResult extends Changed {
  dryRun: boolean;
}

export function updateText({ dryRun, milestone, changes }: UpdateResult): string {
  const name = nameOf(milestone);
  if (changes.length === 0) return `${name} is as asked for already; nothing was changed.`;
  const lines = changeLines(changes).map((line) => `  ${line}`);
  return dryRun
    ? [`Would change ${name}:`, ...lines, nothingChanged].join('\n')
    : [`Changed ${name}:`, ...lines].join('\n');
}
