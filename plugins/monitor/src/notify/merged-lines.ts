import { formatTime } from '@om-ops/kit/text';
import type { Line } from '../rules/alert.ts';
import { rankOf } from '../rules/pass.ts';

const isEnd = ({ kind }: Line): boolean => kind === 'resolved' || kind === 'settled';

/** What one line says of an alert when neither of two was sent yet. */
function joined(earlier: Line, later: Line): Line {
  const isNews = earlier.kind === 'fired' || earlier.kind === 'reopened';
  if (isEnd(later)) {
    if (!isNews) return later;
    const text = `${earlier.text} It is over since ${formatTime(later.at)}.`;
    return { ...earlier, kind: 'passed', text };
  }
  const worse = rankOf(later.level) > rankOf(earlier.level) ? later.level : earlier.level;
  // It is news still, however often it was to be told meanwhile.
  const kind = isNews && later.kind !== 'flapping' ? earlier.kind : later.kind;
  return { ...later, level: worse, kind, at: earlier.at };
}

export interface Merged {
  /** `waiting` with what `coming` says of the same alerts. */
  waiting: Line[];
  /** What of `coming` is not in `waiting` now. */
  left: Line[];
  isChanged: boolean;
}

/**
 * Puts what comes into what waits, so that each alert is told of once. What waits for an hour that is not come yet
 * (`isHeld`) gives up what comes and must not wait with it.
 */
export function mergedLines(
  waiting: readonly Line[],
  coming: readonly Line[],
  { isHeld }: { isHeld: boolean },
): Merged {
  const all: (Line | null)[] = [...waiting];
  const left: Line[] = [];
  let isChanged = false;
  for (const line of coming) {
    const at = all.findIndex((each) => each !== null && isOf(each, line));
    const earlier = all[at] ?? null;
    if (earlier === null) {
      left.push(line);
      continue;
    }
    isChanged = true;
    const one = joined(earlier, line);
    if (isHeld) left.push(one);
    all[at] = isHeld ? null : one;
  }
  return { waiting: all.filter((line) => line !== null), left, isChanged };
}

function isOf(waiting: Line, line: Line): boolean {
  const isOpen = waiting.kind !== 'passed' && !isEnd(waiting);
  return isOpen && waiting.alert !== null && waiting.alert === line.alert;
}
