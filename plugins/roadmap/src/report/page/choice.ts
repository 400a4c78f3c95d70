import { useHash, useHashParam, useSearchText } from '@om-ops/kit/page';
import { isOverdue } from '../../days.ts';
import type { ReportMilestone } from '../types.ts';

export interface Choice {
  /** What was typed. */
  text: string;
  /** '' for everyone. */
  owner: string;
  onlyOverdue: boolean;
}

export const noOwner = '-';

/** What the reader asked for; it is kept in the URL's hash. */
export function useChoice(): {
  choice: Choice;
  setText: (text: string) => void;
  setOwner: (owner: string) => void;
  setOverdue: (only: boolean) => void;
} {
  const [text, setText] = useSearchText('q');
  const [owner, setOwner] = useHashParam('owner');
  const [overdue, setOverdue] = useHashParam('overdue');
  return {
    choice: { text, owner, onlyOverdue: overdue !== '' },
    setText,
    setOwner,
    setOverdue: (only) => setOverdue(only ? '1' : ''),
  };
}

export function chosen(
  milestones: readonly ReportMilestone[],
  { text, owner, onlyOverdue }: Choice,
  today: string,
): ReportMilestone[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return milestones.filter((milestone) => {
    if (owner !== '' && (milestone.owner ?? noOwner) !== owner) return false;
    if (onlyOverdue && !isOverdue(milestone, today)) return false;
    if (words.length === 0) return true;
    const { id, title, notes } = milestone;
    const all = [id, title, notes ?? '', milestone.owner ?? ''].join(' ').toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

/** Opens and closes a milestone's record. */
export function useRecord(): [id: string, open: (id: string | null) => void] {
  const hash = useHash();
  const [id] = useHashParam('milestone');
  return [id, (next) => hash.set({ milestone: next }, 'push')];
}
