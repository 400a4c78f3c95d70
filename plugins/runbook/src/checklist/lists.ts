import type { Interfaces } from '@om-ops/kit';
import type { ChecklistsSection } from '../site.ts';

/** What the guides look at every day, week and month; what this installation has no command for is left out. */
const builtIn: ChecklistsSection = {
  daily: [
    ['health', 'check'],
    ['alert', 'list'],
    ['service', 'status'],
    ['logs', 'errors', '--since', '24h'],
    ['backup', 'verify', '--max-age', '26h'],
    ['schedule', 'check'],
    ['queue', 'dlq'],
    ['uploads', 'check'],
    ['summary', 'run'],
  ],
  weekly: [
    ['backup', 'verify', '--all-backups'],
    ['db', 'status'],
    ['db', 'sizes', '--tables'],
    ['db', 'slow'],
    ['db', 'vacuum', '--due', '--dry-run'],
    ['logs', 'errors', '--since', '7d'],
    ['logs', 'rotation', 'check'],
    ['analysis', 'run', 'entire'],
    ['env', 'check'],
    ['nginx', 'validate'],
    ['git', 'status'],
    ['changelog', 'verify'],
  ],
  monthly: [
    ['db', 'restore-test'],
    ['db', 'indexes'],
    ['db', 'integrity', '--deep'],
    ['db', 'settings', '--advice'],
    ['env', 'secrets'],
    ['logs', 'secrets'],
    ['backup', 'prune', '--dry-run'],
    ['runbook', 'check'],
    ['roadmap', 'report'],
    ['doctor'],
  ],
};

export interface Checklist {
  name: string;
  steps: string[][];
  /** Command lines that this installation has no command for. */
  absent: string[][];
  ours: boolean;
}

export function checklists(
  section: ChecklistsSection,
  config: Pick<Interfaces.Config, 'findCommand'>,
): Checklist[] {
  return Object.entries({ ...builtIn, ...section }).map(([name, lines]) => {
    const isKnown = (line: readonly string[]) => {
      const words = line.filter((word) => !word.startsWith('-'));
      return [3, 2, 1].some(
        (length) =>
          words.length >= length &&
          config.findCommand(words.slice(0, length).join(':')) !== undefined,
      );
    };
    return {
      name,
      steps: lines.filter(isKnown),
      absent: lines.filter((line) => !isKnown(line)),
      ours: section[name] === undefined,
    };
  });
}
