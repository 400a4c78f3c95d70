import { formatDuration, formatFacts, formatTime, printable } from '@om-ops/kit/text';
import type { Explanation } from '../pass/explain.ts';
import { amountText, sparkline } from './amount.ts';
import { levelWord } from './level.ts';

export function explainText(one: Explanation): string {
  const {
    id,
    title,
    level,
    text,
    reads,
    arithmetic,
    change,
    source,
    values,
    unit,
    after,
    everyMs,
    runbook,
    command,
  } = one;
  const [first, last] = [values[0], values.at(-1)];
  const numbers = values.map(({ value }) => value);
  return formatFacts([
    ['check', `${id}: ${title}`],
    ['level', levelWord(level)],
    ['found', printable(text)],
    ...(reads === null ? [] : [['reads', printable(reads)] as [string, string]]),
    ...arithmetic.map((line, at): [string, string] => [
      at === 0 ? 'arithmetic' : '',
      printable(line),
    ]),
    ...change.map((line, at): [string, string] => [at === 0 ? 'levels' : '', line]),
    ['thresholds from', source],
    ...(first === undefined || last === undefined
      ? []
      : [
          [
            'last values',
            `${sparkline(numbers)}  ${amountText(Math.min(...numbers), unit)} to ${amountText(Math.max(...numbers), unit)}, ${formatTime(first.at)} to ${formatTime(last.at)}`,
          ] as [string, string],
        ]),
    ...after.map(({ id: other, level: now }, at): [string, string] => [
      at === 0 ? 'hangs on' : '',
      `${other}${now === null ? '' : `, which was ${now}`}`,
    ]),
    ['looked at', everyMs === null ? 'in each pass' : `every ${formatDuration(everyMs)}`],
    ...(runbook === null ? [] : [['runbook', runbook] as [string, string]]),
    ...(command === null ? [] : [['see more', command] as [string, string]]),
  ]);
}
