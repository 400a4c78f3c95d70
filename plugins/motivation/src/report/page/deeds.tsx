import { BesideLink, Fold, plural, Visible } from '@om-ops/kit/page';
import type { Deed, Motivation } from '../../motivation.ts';

interface Told extends Omit<Deed, 'kind'> {
  kind: Deed['kind'] | 'open';
}

const shownDeeds = 3;

const words: Record<Told['kind'], string> = {
  milestone: 'Milestone reached',
  session: 'Session with success',
  closed: 'Closed',
  entries: 'Written',
  failed: 'Did not work out',
  open: 'Still open',
};

const links: Record<Told['kind'], string> = {
  milestone: 'See it on the roadmap',
  session: 'Read the session',
  closed: 'Read the session',
  entries: 'Read the session',
  failed: 'Read what happened',
  open: 'Go on where you left it',
};

/** What was done, in the operator's own words; then what was not, and what waits. */
export function Deeds({ day }: { day: Motivation }) {
  const { accomplishments, setbacks, sessions } = day;
  const open = sessions
    .filter(({ isOpen }) => isOpen)
    .map(
      ({ title, summary, entries, entriesLeftOut, ref }): Told => ({
        kind: 'open',
        title,
        why: `${summary === null ? '' : `“${summary}” `}${writtenText(
          entries.filter(({ isOwn }) => !isOwn).length + entriesLeftOut,
        )} It waits for you where you left it.`,
        ref,
      }),
    );
  const all: Told[] = [...accomplishments, ...setbacks, ...open];
  // What the headline tells stands first, and marked.
  const shown = all.slice(0, shownDeeds);
  const rest = all.slice(shownDeeds);
  if (all.length === 0) return null;
  return (
    <div class="deeds">
      <DeedList deeds={shown} marksFirst={accomplishments.length > 0} />
      {rest.length > 0 && (
        <Fold label={plural(rest.length, 'more thing')}>
          {() => <DeedList deeds={rest} marksFirst={false} />}
        </Fold>
      )}
    </div>
  );
}

function writtenText(count: number): string {
  return count === 0
    ? 'Nothing was written into it that day.'
    : `${plural(count, 'entry', 'entries')} that day.`;
}

function DeedList({ deeds, marksFirst }: { deeds: readonly Told[]; marksFirst: boolean }) {
  return (
    <ul class="deed-list">
      {deeds.map(({ kind, title, why, ref }, at) => (
        <li
          key={at}
          class="deed sheet"
          data-kind={kind}
          data-first={marksFirst && at === 0 ? '' : undefined}
        >
          <p class="deed-kind">{words[kind]}</p>
          <h2 dir="auto">
            <Visible text={title} />
          </h2>
          <p class="deed-why" dir="auto">
            <Visible text={why} />{' '}
            <BesideLink href={`../${ref}`}>
              <span class="deed-link">{links[kind]}</span>
            </BesideLink>
          </p>
        </li>
      ))}
    </ul>
  );
}
