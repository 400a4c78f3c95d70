import {
  type Choice,
  DateRange,
  FilterBar,
  MultiFilter,
  Segments,
  SelectFilter,
  TagFilter,
  useClock,
  useHash,
  useHashList,
  useHashParam,
} from '@om-ops/kit/page';
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { ChangelogReport } from '../types.ts';
import { type SessionFilter, tally } from './model.ts';

const keys = ['from', 'to', 'status', 'scope', 'outcome', 'tags'] as const;

/** The filter of sessions that the tabs share; it is kept in the URL's hash. */
export function useSessionFilter(): SessionFilter {
  const [from] = useHashParam('from');
  const [to] = useHashParam('to');
  const [status] = useHashParam('status');
  const [scope] = useHashParam('scope');
  const [outcome] = useHashParam('outcome');
  const [tags] = useHashList('tags');
  return { from, to, status, scope, outcome, tags };
}

interface SessionFiltersProps {
  report: ChangelogReport;
  /** More filters, and the keys of the hash they are kept under. */
  children?: ComponentChildren;
  moreKeys?: readonly string[];
}

/** More tags than this go into a menu. */
const tagsInSight = 8;

export function SessionFilters({ report, children, moreKeys = [] }: SessionFiltersProps) {
  const hash = useHash();
  const clock = useClock();
  const filter = useSessionFilter();
  const set = (change: Partial<Record<(typeof keys)[number], string>>): void => {
    hash.set(
      Object.fromEntries(Object.entries(change).map(([key, value]) => [key, value || null])),
    );
  };
  const { scopes, tags, outcomes, min, max } = useMemo(() => choicesOf(report), [report]);
  const [, setTags] = useHashList('tags');
  const tagFilter = { label: 'Tags', values: filter.tags, choices: tags, onChange: setTags };
  const all = [...keys, ...moreKeys];
  return (
    <FilterBar
      label="Filter sessions"
      active={
        // Both ends of the days are one filter.
        all.filter((key) => hash.get(key) !== null).length -
        (hash.get('from') !== null && hash.get('to') !== null ? 1 : 0)
      }
      onReset={() => hash.set(Object.fromEntries(all.map((key) => [key, null])))}
    >
      <DateRange
        label="Days"
        from={filter.from}
        to={filter.to}
        min={min === undefined ? undefined : clock.day(min)}
        max={max === undefined ? undefined : clock.day(max)}
        onChange={(from, to) => set({ from, to })}
      />
      <Segments
        label="Status"
        value={filter.status}
        choices={statuses}
        onChange={(status) => set({ status })}
      />
      <SelectFilter
        label="Scope"
        value={filter.scope}
        choices={scopes}
        all="Any"
        onChange={(scope) => set({ scope })}
      />
      <SelectFilter
        label="Outcome"
        value={filter.outcome}
        choices={outcomes}
        all="Any"
        onChange={(outcome) => set({ outcome })}
      />
      {tags.length > tagsInSight ? (
        <MultiFilter {...tagFilter} />
      ) : (
        tags.length > 0 && <TagFilter {...tagFilter} />
      )}
      {children}
    </FilterBar>
  );
}

const statuses = [
  { value: '', label: 'All' },
  { value: 'active', label: 'Active' },
  { value: 'closed', label: 'Closed' },
];

function choicesOf({ sessions }: ChangelogReport) {
  const choice = ([value, count]: [string, number]): Choice => ({ value, label: value, count });
  const dated = sessions.filter(({ startedAt }) => startedAt > 0);
  const failed = sessions.filter(({ outcome }) => outcome === 'fail').length;
  const succeeded = sessions.filter(({ outcome }) => outcome === 'success').length;
  return {
    scopes: tally(sessions.map(({ scope }) => scope).filter((scope) => scope !== '')).map(choice),
    tags: tally(sessions.flatMap(({ tags }) => tags)).map(choice),
    outcomes: [
      { value: 'success', label: 'Success', count: succeeded },
      { value: 'fail', label: 'Fail', count: failed },
      { value: 'open', label: 'None', count: sessions.length - failed - succeeded },
    ],
    min: dated.at(-1)?.startedAt,
    max: dated[0]?.startedAt,
  };
}
