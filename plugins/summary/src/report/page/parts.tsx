import {
  BesideLink,
  CopyLine,
  Fold,
  plural,
  Section,
  Sparkline,
  StateBadge,
  StateMark,
  useClock,
  Visible,
  visibleText,
} from '@om-ops/kit/page';
import type { ReportPanel, SummaryReport } from '../types.ts';

export function partId(topic: string): string {
  return `part-${topic}`;
}

const shownParts = 12;

/** A card a part, the worst first; beyond twelve those that are healthy fold. */
export function Parts({ report: { at, panels, leftOut, run } }: { report: SummaryReport }) {
  const used = panels.filter(({ state }) => state !== 'off');
  const off = panels.filter(({ state }) => state === 'off');
  const isFolded = (panel: ReportPanel, index: number) =>
    index >= shownParts && panel.state === 'healthy';
  const folded = used.filter(isFolded);
  return (
    <Section heading="Parts">
      {used.length === 0 ? (
        <p class="about">No plugin could say how its part of this site is.</p>
      ) : (
        <Cards panels={used.filter((panel, index) => !isFolded(panel, index))} at={at} />
      )}
      {folded.length > 0 && (
        <Fold label={`${plural(folded.length, 'more part')}, all healthy`}>
          {() => <Cards panels={folded} at={at} />}
        </Fold>
      )}
      {off.length > 0 && (
        <p class="note">
          Not used here: <Visible text={off.map(({ title }) => title).join(', ')} />.
        </p>
      )}
      {leftOut.panels > 0 && (
        <p class="note">
          And {plural(leftOut.panels, 'part')} more:{' '}
          <CopyLine text={`om-ops summary show ${run}`} of="the command" />
        </p>
      )}
    </Section>
  );
}

function Cards({ panels, at }: { panels: readonly ReportPanel[]; at: string }) {
  return (
    <ul class="parts">
      {panels.map((panel) => (
        <li key={panel.topic}>
          <Part panel={panel} at={at} />
        </li>
      ))}
    </ul>
  );
}

const shownFacts = 3;

/** What is worse than the rest is seen first. */
function factsOf({ facts }: ReportPanel) {
  const rank = (state: string | undefined) =>
    state === undefined || state === 'healthy' || state === 'off' ? 1 : 0;
  return facts.toSorted((one, other) => rank(one.state) - rank(other.state)).slice(0, shownFacts);
}

function Part({ panel, at }: { panel: ReportPanel; at: string }) {
  const clock = useClock();
  const { topic, title, state, notes, href, history, since, failure } = panel;
  const [note] = notes;
  return (
    <article class="part sheet" id={partId(topic)} tabIndex={-1} data-state={state}>
      <div class="part-head">
        <StateMark state={state} />
        <h3>
          <BesideLink href={href}>
            <Visible text={title} />
          </BesideLink>
        </h3>
        <StateBadge state={state} />
      </div>
      <dl class="part-facts">
        {factsOf(panel).map(({ label, value, state: own }) => (
          <div key={label}>
            <dt dir="auto">
              <Visible text={label} />
            </dt>
            <dd dir="auto">
              {own !== undefined && own !== state && <StateMark state={own} />}
              <Visible text={value} />
              {own !== undefined && own !== state && <span class="off-screen"> ({own})</span>}
            </dd>
          </div>
        ))}
      </dl>
      {note !== undefined && failure === undefined && state !== 'healthy' && (
        <p class="part-note" dir="auto" title={visibleText(note)}>
          <Visible text={note} />
        </p>
      )}
      {failure !== undefined && (
        <p class="part-note" dir="auto">
          Not read: <Visible text={failure} />.
        </p>
      )}
      {state !== 'healthy' && since !== at && (
        <p class="part-note">
          Seen so since <time dateTime={since}>{clock.dateTime(since)}</time>.
        </p>
      )}
      {history !== null && <History history={history} />}
    </article>
  );
}

function History({ history }: { history: NonNullable<ReportPanel['history']> }) {
  const clock = useClock();
  const { label, values, threshold, least, most, last, from, to } = history;
  return (
    <figure class="part-history">
      <figcaption title={`${clock.dateTime(from)} to ${clock.dateTime(to)}`}>
        <Visible text={label} /> {last}, {least === most ? 'always so' : `${least} to ${most}`}{' '}
        since {clock.day(from) === clock.day(to) ? clock.time(from) : clock.dayMonth(from)}
        {threshold !== null && <>; dashed: {threshold.label}</>}
      </figcaption>
      <Sparkline values={values} threshold={threshold?.value} />
    </figure>
  );
}
