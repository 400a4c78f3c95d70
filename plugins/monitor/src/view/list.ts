import { formatTable, plural } from '@om-ops/kit/text';

export interface ListedCheck {
  id: string;
  title: string;
  kind: 'gauge' | 'service' | 'age' | 'event';
  /** Ids of the checks that it hangs on. */
  after: readonly string[];
  runbook: string | null;
}

export function listText(checks: readonly ListedCheck[]): string {
  const table = formatTable(
    [
      { head: 'CHECK', cell: ({ id }) => id },
      { head: 'WHAT', cell: ({ title }) => title },
      { head: 'KIND', cell: ({ kind }) => kind },
      { head: 'AFTER', cell: ({ after }) => after.join(', ') },
    ],
    checks,
  );
  return `${table}\n${plural(checks.length, 'check')}`;
}
