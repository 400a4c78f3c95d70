import {
  type Abilities,
  type BackupRecord,
  type Interfaces,
  isoWithOffset,
  type Lane,
  loggedDeeds,
  type MilestoneRecord,
  type OpenAlert,
  Reading,
  readHeartbeat,
  type Site,
  type TimeRange,
  type WatchRecord,
} from '@om-ops/kit';
import { openChangelog, type Session } from '@om-ops/kit/journal';
import { attentionOf } from './attention.ts';
import { backupDays, backupsSince } from './backup-days.ts';
import { changesSince } from './changes.ts';
import { withHistory } from './history.ts';
import { countsOf, rankOf, worstOf } from './level.ts';
import { type KeptSummary, keptRun, keptRuns } from './runs.ts';
import type { AttentionItem, Level, Summary, Watch } from './summary.ts';
import { timelineOf } from './timeline.ts';
import { verdictOf } from './verdict.ts';

/** How long a part, or a record of what was seen, may take to answer. */
const answerMs = 10_000;
const dayMs = 86_400_000;

export interface SummaryInput {
  site: Site;
  abilities: Pick<Abilities, 'panels' | 'watched' | 'backups' | 'milestones' | 'pages'>;
  /** The commands there are: those that are audited did something. */
  config: Pick<Interfaces.Config, 'commands'>;
  signal: AbortSignal;
  now: Date;
  /** The run to compare with; default: the newest. */
  since?: string | undefined;
  /** Default 10 s. */
  timeoutMs?: number;
}

/**
 * Asks every part, and reads what was seen and done, all at once: it takes as long as the slowest part.
 *
 * @throws OpsError E_NO_RUN, E_AMBIGUOUS for `since`; the signal's reason
 */
export async function makeSummary(input: SummaryInput): Promise<Summary> {
  const { site, abilities, signal, now, since, timeoutMs = answerMs } = input;
  const { state } = site;
  const range = { since: new Date(now.getTime() - dayMs), until: now };
  const reading = new Reading({ signal, timeoutMs });
  const before = since === undefined ? undefined : await keptRun(state, since);
  const [read, seen, runs, backups, milestones, operations, sessions, pages] = await Promise.all([
    abilities.panels(timeoutMs, now),
    readWatched(input, range, reading),
    reading.read<KeptSummary[]>('The runs before', [], () => keptRuns(state)),
    reading.gathered<BackupRecord>('The backups', () => abilities.backups(backupsSince(now))),
    reading.gathered<MilestoneRecord>('The milestones', () => abilities.milestones()),
    reading.read('The operations log', [], async () =>
      loggedDeeds(state, range.since, input.config),
    ),
    reading.read<Session[]>('The sessions', [], async () =>
      openChangelog(state).sessions({ days: 60, now }),
    ),
    abilities.pages(),
  ]);
  const panels = read.map((panel) => withHistory(panel, runs, now));
  const { watch, alerts, lanes } = seen;
  const attention = [
    ...reading.lost.map(unreadItem),
    ...attentionOf({ panels, alerts, watch }),
  ].sort((one, other) => rankOf(one.level) - rankOf(other.level));
  const against = before ?? runs[0];
  const levels = [
    ...panels.flatMap((panel) => (panel.state === 'off' ? [] : [panel.state])),
    ...attention.map(({ level }): Level => level),
  ];
  return {
    run: null,
    at: isoWithOffset(now),
    level: worstOf(levels),
    verdict: verdictOf(panels, attention),
    counts: countsOf(panels.map((panel) => panel.state)),
    attention,
    panels,
    changes:
      against === undefined
        ? []
        : changesSince({ before: against, panels, alerts, backups, milestones }),
    against: against === undefined ? null : { run: against.run, at: against.at },
    timeline: timelineOf({
      range,
      lanes,
      operations,
      sessions,
      changelogPage: pages.values.find(({ topic }) => topic === 'changelog')?.value.path ?? null,
    }),
    backups: backups.length === 0 ? null : backupDays(backups, now),
    watch,
  };
}

interface Seen {
  watch: Watch | null;
  alerts: readonly OpenAlert[];
  lanes: readonly Lane[];
}

/** What whoever watches the site has seen; nothing of it is probed for this. */
async function readWatched(
  { site, abilities, now }: SummaryInput,
  range: TimeRange,
  reading: Reading,
): Promise<Seen> {
  const [beat, record] = await Promise.all([
    reading.read('The last check', null, async () => readHeartbeat(site.state, now)),
    reading.read<WatchRecord | null>('What was watched', null, () => abilities.watched()),
  ]);
  const watch =
    beat === null
      ? null
      : {
          at: beat.at,
          everyMs: beat.everyMs,
          level: beat.level,
          durationMs: beat.durationMs,
          stale: beat.stale,
        };
  if (record === null) {
    if (beat !== null)
      await reading.read('What was watched', null, () =>
        Promise.reject(new Error('the plugin that watches the site does not answer')),
      );
    return { watch, alerts: [], lanes: [] };
  }
  const [alerts, lanes] = await Promise.all([
    reading.read<readonly OpenAlert[]>('The open alerts', [], () => record.alerts()),
    reading.read<readonly Lane[]>('The last 24 hours', [], () => record.lanes(range)),
  ]);
  return { watch, alerts, lanes };
}

function unreadItem(text: string): AttentionItem {
  return {
    level: 'unknown',
    text,
    command: 'om-ops doctor',
    details: [],
    since: null,
    runbook: null,
    alert: null,
    acknowledged: null,
    part: null,
  };
}
