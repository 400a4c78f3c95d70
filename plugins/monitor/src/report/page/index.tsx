import type { State } from '@om-ops/kit';
import {
  Callout,
  Loading,
  mountReport,
  PageHead,
  Segments,
  useClock,
  useReport,
} from '@om-ops/kit/page';
import { useEffect, useState } from 'preact/hooks';
import { type DashboardPage, type WindowName, windows } from '../types.ts';
import { Alerts } from './alerts.tsx';
import { LiveChart } from './chart.tsx';
import { type Connection, Feed, type FeedState } from './feed.ts';
import { useFeed, useHistory, useSeconds } from './hooks.ts';
import './styles.css';
import { agoText, Checks, Errors, Processes } from './tables.tsx';
import { takenToken } from './token.ts';

const token = takenToken();
let feed: Feed | undefined;

function Page({ page }: { page: DashboardPage }) {
  if (token === null)
    return (
      <>
        <PageHead heading="This address is not whole" />
        <Callout tone="warn">
          <p>
            Open the one that <code>om-ops dashboard</code> has printed, with all that stands behind
            its #. Each tab needs it once.
          </p>
        </Callout>
      </>
    );
  if (feed === undefined) {
    feed = new Feed(token, page.everyMs);
    feed.start();
  }
  return <Live feed={feed} page={page} />;
}

function Live({ feed, page }: { feed: Feed; page: DashboardPage }) {
  const state = useFeed(feed);
  const { connection, snapshot } = state;
  useTabState(state);
  if (snapshot === null)
    return (
      <>
        <PageHead heading="Dashboard" />
        <Lost connection={connection} />
        {connection.state === 'connecting' && <Loading what="What is so now" />}
      </>
    );
  return (
    <div class="live" data-connection={connection.state}>
      <Lost connection={connection} />
      <Site state={state} snapshot={snapshot} feed={feed} page={page} />
    </div>
  );
}

/** Nothing that stands below is of now. */
function Lost({ connection }: { connection: Connection }) {
  const clock = useClock();
  const now = useSeconds();
  if (connection.state === 'refused')
    return (
      <Callout tone="bad">
        <p role="alert">
          <strong>The dashboard was started again.</strong> Open the address that it has printed
          this time.
        </p>
      </Callout>
    );
  if (connection.state !== 'lost') return null;
  return (
    <Callout tone="bad">
      <p role="alert">
        <strong>Connection lost</strong> at {clock.timeWithSeconds(connection.since)},{' '}
        {agoText(now - connection.since)} ago. What stands below is as it was then. It is tried
        again; if om-ops has ended: <code>om-ops dashboard</code>
      </p>
    </Callout>
  );
}

const windowLabels: Record<WindowName, string> = {
  '15m': '15 min',
  '1h': '1 h',
  '24h': '24 h',
  '7d': '7 d',
};

function Site({
  state: { snapshot: _snapshot, ...state },
  snapshot,
  feed,
  page,
}: {
  state: FeedState;
  snapshot: NonNullable<FeedState['snapshot']>;
  feed: Feed;
  page: DashboardPage;
}) {
  const [window, setWindow] = useState<WindowName>('1h');
  const [cursor, setCursor] = useState<number | null>(null);
  const history = useHistory(feed, window, snapshot.pass?.at);
  const now = useSeconds() + state.aheadMs;
  const to = (state.connection.state === 'live' ? now : Date.parse(snapshot.at)) / 1000;
  const levels = new Map(snapshot.checks.map(({ id, level }) => [id, level]));
  return (
    <>
      <PageHead heading={snapshot.heading} lede={snapshot.lede}>
        <p class="live-now" data-level={snapshot.level}>
          <span class="live-light" aria-hidden="true" />
          {state.connection.state === 'live' ? `live, ${page.everyMs / 1000} s` : 'not live'}
          {snapshot.pass !== null &&
            ` · checked ${agoText(now - Date.parse(snapshot.pass.at))} ago`}
        </p>
        <Segments
          label="Window"
          value={window}
          choices={Object.entries(windowLabels).map(([value, label]) => ({ value, label }))}
          onChange={(value) => setWindow(value as WindowName)}
        />
      </PageHead>
      <Alerts
        alerts={snapshot.alerts}
        feed={feed}
        allowsAck={page.allowsAck && state.connection.state === 'live'}
        isKnown={snapshot.pass !== null && !snapshot.pass.stale}
      />
      <div class="live-charts">
        {history?.charts.map((chart) => (
          <LiveChart
            key={chart.name}
            chart={chart}
            live={state.live.get(chart.name) ?? []}
            from={to - windows[window]}
            to={to}
            level={chart.check === null ? undefined : levels.get(chart.check)}
            marks={history.marks}
            cursor={cursor}
            onCursor={setCursor}
          />
        ))}
      </div>
      <div class="live-parts">
        <Checks checks={snapshot.checks} sparks={history?.sparks ?? {}} now={now} />
        <div>
          <Errors snapshot={snapshot} />
          <Processes processes={snapshot.processes} />
        </div>
      </div>
    </>
  );
}

const signs: Record<State, string> = {
  healthy: '●',
  warning: '◆ Warning:',
  critical: '■ Critical:',
  unknown: '? Unknown:',
  off: '○',
};
/** A shape for each, as on the page: colours alone are not seen by all. */
const icons: Record<State, string> = {
  healthy: '<circle cx="8" cy="8" r="6" fill="%23177c4a"/>',
  warning: '<path d="M8 1 15 8 8 15 1 8z" fill="%23c77b00"/>',
  critical: '<path d="M2 2h12v12H2z" fill="%23c0261c"/>',
  unknown:
    '<circle cx="8" cy="8" r="5" fill="none" stroke="%23777" stroke-width="2.5" stroke-dasharray="4 3"/>',
  off: '<circle cx="8" cy="8" r="5" fill="none" stroke="%23777" stroke-width="2"/>',
};

/** The tab's title and icon say it too, also of a connection that is lost. */
function useTabState({ connection, snapshot }: FeedState): void {
  const { meta } = useReport();
  const isLive = connection.state === 'live';
  const level = isLive && snapshot !== null ? snapshot.level : 'unknown';
  const heading = isLive ? (snapshot?.heading ?? 'Dashboard') : 'connection lost';
  useEffect(() => {
    const sign = heading.toLowerCase().startsWith(level) ? signs[level].slice(0, 1) : signs[level];
    document.title = `${sign} ${heading} · ${meta.site}`;
    const link =
      document.querySelector<HTMLLinkElement>('link[rel=icon]') ?? document.createElement('link');
    link.rel = 'icon';
    link.href = `data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${icons[level]}</svg>`;
    if (!link.isConnected) document.head.append(link);
  }, [level, heading, meta.site]);
}

void mountReport<DashboardPage>((page) => <Page page={page} />);
