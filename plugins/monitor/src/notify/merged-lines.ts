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
  /** What of `coming` is of other alerts. */
  left: Line[];
  isChanged: boolean;
}

/** Puts what comes into what waits, so that each alert is told of once. */
export function mergedLines(waiting: readonly Line[], coming: readonly Line[]): Merged {
  const all = [...waiting];
  const left: Line[] = [];
  for (const line of coming) {
    const at = all.findIndex(
      (each) =>
        each.alert !== null && each.alert === line.alert && each.kind !== 'passed' && !isEnd(each),
    );
    const earlier = all[at];
    if (earlier === undefined) left.push(line);
    else all[at] = joined(earlier, line);
  }
  return { waiting: all, left, isChanged: left.length < coming.length };
}
