import { formatTable } from '@om-ops/kit/text';
import type { ErrorGroup, ErrorsResult } from '../commands/logs/errors.ts';

export function errorsText(result: ErrorsResult): string {
  const { errors, lines, since, groups, left, understoodPercent } = result;
  const head = `${errors} errors in ${lines} lines since ${since.slice(0, 16).replace('T', ' ')} (${understoodPercent} % of the lines understood)`;
  if (groups.length === 0) return head;
  const table = formatTable<ErrorGroup>(
    [
      { head: 'Count', cell: ({ count }) => String(count), align: 'right' },
      { head: 'Trend', cell: ({ trend, isNew }) => (isNew ? `${trend}, not seen before` : trend) },
      { head: 'Last', cell: ({ last }) => last?.slice(0, 16).replace('T', ' ') ?? '–' },
      { head: 'Kind', cell: (one) => one.class ?? '' },
      { head: 'Source', cell: ({ sources }) => sources.join(', ') },
      { head: 'Says', cell: ({ template }) => template.slice(0, 120) },
    ],
    groups,
  );
  return [head, '', table, ...(left > 0 ? [`and ${left} groups more (--top)`] : [])].join('\n');
}
