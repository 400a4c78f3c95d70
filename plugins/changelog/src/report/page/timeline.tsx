import {
  Callout,
  CopyLine,
  EmptyState,
  formatCount,
  Loading,
  MultiFilter,
  plural,
  SearchBox,
  Segments,
  ShownOf,
  Timeline,
  useClock,
  useHash,
  useHashList,
  useHashParam,
  useSearchText,
  Visible,
  visibleText,
} from '@om-ops/kit/page';
import { useEffect, useMemo } from 'preact/hooks';
import type { ChangelogReport, ReportSession } from '../types.ts';
import { entryItem } from './entry.tsx';
import { SessionFilters, useSessionFilter } from './filters.tsx';
import { chunkOf, type Entries, passes, rangeOf, typeLabel } from './model.ts';
import { SessionHead } from './session.tsx';
import { type Texts, useTexts } from './texts.tsx';

interface TimelineTabProps {
  report: ChangelogReport;
  entries: Entries;
}

/** Entries of all sessions, or of one, in the order they were made. */
export function TimelineTab({ report, entries }: TimelineTabProps) {
  const hash = useHash();
  const texts = useTexts();
  const [query, setQuery] = useSearchText('q');
  const [order, setOrder] = useHashParam('order', 'newest');
  const [id] = useHashParam('session');
  const one = report.sessions.find((session) => session.id === id);
  const chosen = useChosen(report, entries);
  const found = useSearch(report, texts, chosen, query);
  const list = useMemo(
    () => (order === 'oldest' ? found.entries.toReversed() : found.entries),
    [found.entries, order],
  );
  const turn = <Segments label="Order" value={order} choices={orders} onChange={setOrder} />;
  return (
    <>
      {one === undefined ? (
        <SessionFilters report={report} moreKeys={['types', 'actors']}>
          <EntryFilters report={report} />
          {turn}
        </SessionFilters>
      ) : (
        <SessionHead
          report={report}
          session={one}
          onClose={() => hash.set({ session: null }, 'push')}
        />
      )}
      <div class="timeline-bar">
        <SearchBox
          label="Search entries"
          placeholder="Search entries"
          value={query}
          onInput={setQuery}
        />
        {one !== undefined && turn}
        <p class="table-count" role="status" aria-live="polite">
          {found.waiting ? 'Searching…' : countText(list.length, chosen.length)}
        </p>
      </div>
      {found.waiting ? (
        <Loading what="the entries" />
      ) : list.length === 0 ? (
        <NoEntries report={report} isFiltered={chosen.length > 0 || report.embedded.entries > 0} />
      ) : (
        // A new list is a new timeline: its heights are measured anew, and it begins at its top.
        <Entryline
          key={`${order} ${query} ${list.length} ${list[0]}`}
          report={report}
          entries={entries}
          list={list}
          naming={one === undefined}
        />
      )}
      {one === undefined ? (
        <ShownOf
          shown={report.embedded.entries}
          total={report.totals.entries}
          what="entries"
          rest="sessions/*/*/entries.jsonl"
        />
      ) : (
        one.shown < one.entries && (
          <Callout>
            <p>
              {one.shown === 0 ? 'None' : `The newest ${formatCount(one.shown)}`} of its{' '}
              {plural(one.entries, 'entry', 'entries')} {one.shown === 1 ? 'is' : 'are'} in this
              page. All of them:{' '}
              <CopyLine text={`om-ops changelog show ${one.id}`} of="the command" />
            </p>
          </Callout>
        )
      )}
    </>
  );
}

const orders = [
  { value: 'newest', label: 'Newest first' },
  { value: 'oldest', label: 'Oldest first' },
];

function EntryFilters({ report }: { report: ChangelogReport }) {
  const [types, setTypes] = useHashList('types');
  const [actors, setActors] = useHashList('actors');
  const typeChoices = report.types.map((value) => ({ value, label: typeLabel(value) }));
  const actorChoices = report.actors.map((value) => ({ value, label: value }));
  return (
    <>
      <MultiFilter label="Types" values={types} choices={typeChoices} onChange={setTypes} />
      <MultiFilter label="Actors" values={actors} choices={actorChoices} onChange={setActors} />
    </>
  );
}

/** The entries that the filters leave, newest first. */
function useChosen(report: ChangelogReport, entries: Entries): Uint32Array {
  const clock = useClock();
  const filter = useSessionFilter();
  const [id] = useHashParam('session');
  const [types] = useHashList('types');
  const [actors] = useHashList('actors');
  return useMemo(() => {
    const only = report.sessions.findIndex((session) => session.id === id);
    const [start, end] = rangeOf(filter, clock);
    const placesOf = (values: readonly string[], known: readonly string[]): Set<number> =>
      new Set(values.map((value) => known.indexOf(value)));
    const typePlaces = placesOf(types, report.types);
    const actorPlaces = placesOf(actors, report.actors);
    const list = new Uint32Array(entries.count);
    let count = 0;
    for (const [place, session] of report.sessions.entries()) {
      if (only >= 0 ? place !== only : !passes(session, filter)) continue;
      for (let entry = session.first; entry < session.first + session.shown; entry++) {
        if (only < 0) {
          const time = entries.time[entry] ?? 0;
          if (time < start || time >= end) continue;
          if (typePlaces.size > 0 && !typePlaces.has(entries.type[entry] ?? -1)) continue;
          if (actorPlaces.size > 0 && !actorPlaces.has(entries.actor[entry] ?? -1)) continue;
        }
        list[count++] = entry;
      }
    }
    return list.slice(0, count);
  }, [report, entries, id, JSON.stringify([filter, types, actors])]);
}

/** Of the chosen entries those whose text holds every word. */
function useSearch(
  report: ChangelogReport,
  texts: Texts,
  chosen: Uint32Array,
  query: string,
): { entries: Uint32Array; waiting: boolean } {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const needed = useMemo(() => {
    const chunks = new Set<number>();
    for (const entry of chosen) chunks.add(chunkOf(report.chunks, entry));
    return [...chunks];
  }, [report, chosen]);
  const searching = words.length > 0;
  useEffect(() => {
    if (searching) texts.want(needed);
  }, [searching, needed]);
  const waiting = searching && needed.some((chunk) => texts.get(chunk) === undefined);
  const entries = useMemo(() => {
    if (!searching || waiting) return chosen;
    return chosen.filter((entry) => {
      const chunk = chunkOf(report.chunks, entry);
      const text = texts.get(chunk)?.text[entry - (report.chunks[chunk] ?? 0)]?.toLowerCase() ?? '';
      return words.every((word) => text.includes(word));
    });
  }, [report, chosen, words.join(' '), waiting]);
  return { entries, waiting };
}

interface EntrylineProps extends TimelineTabProps {
  list: Uint32Array;
  /** Whether each entry names its session. */
  naming: boolean;
}

function Entryline({ report, entries, list, naming }: EntrylineProps) {
  const clock = useClock();
  const dayOf = (at: number): string => clock.date(entries.time[list[at] ?? 0] ?? 0);
  const sessionOf = (at: number): ReportSession | undefined =>
    report.sessions[entries.session[list[at] ?? 0] ?? 0];
  const markOf = (at: number) => {
    const day = dayOf(at);
    const session = naming ? sessionOf(at) : undefined;
    const begins = at === 0 || day !== dayOf(at - 1) || (naming && session !== sessionOf(at - 1));
    return begins ? <Mark day={day} session={session} /> : undefined;
  };
  return (
    <Timeline
      label="Entries"
      count={list.length}
      estimate={130}
      item={(at) => entryItem({ report, entries, entry: list[at] ?? 0, mark: markOf(at) })}
    />
  );
}

/** The day, and the session unless all entries are of one. */
function Mark({ day, session }: { day: string; session: ReportSession | undefined }) {
  const hash = useHash();
  return (
    <>
      {day}
      {session !== undefined && (
        <button
          type="button"
          class="link of-session"
          title={`Only the session ${visibleText(session.title)}`}
          onClick={() => hash.set({ session: session.id }, 'push')}
        >
          <Visible text={session.title} />
        </button>
      )}
    </>
  );
}

function NoEntries({ report, isFiltered }: { report: ChangelogReport; isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <EmptyState title="No entry matches.">
        Search for fewer words, or clear the filters.
      </EmptyState>
    );
  }
  const command =
    report.sessions.length === 0
      ? 'om-ops changelog start --title "…"'
      : 'om-ops changelog add --type note --actor user --text "…"';
  return (
    <EmptyState title="There are no entries yet." command={command}>
      In an active session every audited command adds one by itself.
    </EmptyState>
  );
}

function countText(found: number, of: number): string {
  const all = `${formatCount(of)} ${of === 1 ? 'entry' : 'entries'}`;
  return found === of ? all : `${formatCount(found)} of ${all}`;
}
