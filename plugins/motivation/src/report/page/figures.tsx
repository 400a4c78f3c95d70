import { Card, Cards, formatDuration } from '@om-ops/kit/page';
import type { Counts, Motivation } from '../../motivation.ts';

const minute = 60_000;

interface Figure {
  key: keyof Counts;
  label: string;
  text?: (value: number) => string;
  note?: (counts: Counts) => string;
}

const figures: readonly Figure[] = [
  {
    key: 'sessions',
    label: 'Sessions',
    note: ({ succeeded, failed, open }) =>
      [
        succeeded > 0 ? `${succeeded} with success` : '',
        failed > 0 ? `${failed} failed` : '',
        open > 0 ? `${open} open` : '',
      ]
        .filter(Boolean)
        .join(', '),
  },
  { key: 'entries', label: 'Entries' },
  { key: 'minutes', label: 'Time in sessions', text: (value) => formatDuration(value * minute) },
  { key: 'milestones', label: 'Milestones reached' },
  {
    key: 'backups',
    label: 'Backups made',
    note: ({ backups, backupsVerified, backupsFailed }) =>
      [
        backupsVerified === 0
          ? 'none verified yet'
          : backupsVerified === backups
            ? 'all verified'
            : `${backupsVerified} verified`,
        backupsFailed > 0 ? `${backupsFailed} failed` : '',
      ]
        .filter(Boolean)
        .join(', '),
  },
  {
    key: 'operations',
    label: 'Done with om-ops',
    note: ({ operationsFailed }) =>
      operationsFailed === 0 ? 'none failed' : `${operationsFailed} failed`,
  },
];

/** Six figures against one's own usual; what there was none of is no figure. */
export function Figures({ day: { counts, usual } }: { day: Motivation }) {
  const there = figures.filter(({ key }) => counts[key] > 0);
  if (there.length === 0) return null;
  return (
    <Cards label="The day in figures">
      {there.map(({ key, label, text, note }) => {
        const value = counts[key];
        const own =
          usual === null || usual[key] === 0
            ? ''
            : `usually ${text === undefined ? usual[key].toLocaleString('en-US') : text(usual[key])}`;
        return (
          <Card
            key={key}
            label={label}
            value={text === undefined ? value : text(value)}
            note={[note?.(counts) ?? '', own].filter(Boolean).join(' · ')}
          />
        );
      })}
    </Cards>
  );
}
