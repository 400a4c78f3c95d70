import { type BackupRecord, isoWithOffset, type State } from '@om-ops/kit';
import { backupDays } from '../src/backup-days.ts';
import { countsOf, worstOf } from '../src/level.ts';
import type {
  AttentionItem,
  Level,
  Summary,
  SummaryChange,
  SummaryPanel,
  TimelineEvent,
  TimelineLane,
} from '../src/summary.ts';
import { verdictOf } from '../src/verdict.ts';

const minute = 60_000;
const hour = 60 * minute;

export interface SampleOptions {
  now?: Date;
  panels?: SummaryPanel[];
  attention?: AttentionItem[];
  lanes?: TimelineLane[];
  events?: TimelineEvent[];
  changes?: SummaryChange[];
  isWatched?: boolean;
  hasBackups?: boolean;
  isFirst?: boolean;
}

/** The night of a site that runs, and of which two things need somebody. */
export function sampleSummary(options: SampleOptions = {}): Summary {
  const { now = new Date(), isWatched = true, hasBackups = true, isFirst = false } = options;
  const at = (ms: number) => isoWithOffset(new Date(now.getTime() - ms));
  const panels = options.panels ?? usualPanels(at);
  const attention = options.attention ?? usualAttention(at);
  const levels = panels.flatMap(({ state }): Level[] => (state === 'off' ? [] : [state]));
  return {
    run: '2026-11-25_091400',
    at: at(0),
    level: worstOf([...levels, ...attention.map(({ level }) => level)]),
    verdict: verdictOf(panels, attention),
    counts: countsOf(panels.map(({ state }) => state)),
    attention,
    panels,
    changes: isFirst ? [] : (options.changes ?? usualChanges),
    against: isFirst ? null : { run: '2026-11-24_090200', at: at(24.2 * hour) },
    timeline: {
      since: at(24 * hour),
      until: at(0),
      lanes: options.lanes ?? (isWatched ? usualLanes(at) : []),
      events: options.events ?? usualEvents(at),
      eventsLeftOut: 0,
    },
    backups: hasBackups ? backupDays(usualBackups(at), now) : null,
    watch: isWatched
      ? { at: at(41_000), everyMs: 10 * minute, level: 'warning', durationMs: 812, stale: false }
      : null,
  };
}

type At = (ms: number) => string;

export function panel(
  topic: string,
  title: string,
  state: State,
  facts: readonly (readonly [string, string])[],
  more: Partial<SummaryPanel> = {},
): SummaryPanel {
  return {
    ...{ topic, title, state, metrics: [], notes: [], ms: 12 },
    since: isoWithOffset(new Date(Date.now() - 3 * hour)),
    facts: facts.map(([label, value]) => ({ label, value })),
    ...more,
  };
}

function wave(from: number, by: number, count = 48): { at: number; value: number | null }[] {
  return Array.from({ length: count }, (_, at) => ({
    at: Date.now() - (count - at) * 30 * minute,
    value: at % 17 === 9 ? null : from + by * Math.sin(at / 3) + (at % 5) * by * 0.2,
  }));
}

function usualPanels(at: At): SummaryPanel[] {
  return [
    panel(
      'pm2',
      'PM2',
      'healthy',
      [
        ['App', 'orthodox-backend'],
        ['Status', 'online'],
        ['PM2', '6.0.5, of ops'],
      ],
      {
        metrics: [
          { key: 'memory', label: 'Memory', value: 412e6, unit: 'bytes' },
          { key: 'uptime', label: 'Up for', value: 72e6, unit: 'ms' },
        ],
        history: { label: 'Memory', unit: 'bytes', points: wave(400e6, 2e7) },
      },
    ),
    panel(
      'disk',
      'Disk',
      'warning',
      [
        ['/', '87 % · 12.9 GB free'],
        ['/var/backups', '71 % · 88 GB free'],
        ['inodes', '31 %'],
      ],
      {
        since: at(34 * hour),
        notes: ['Full around 14 Dec (10 to 21 Dec).'],
        history: { label: '/', unit: 'percent', points: wave(84, 2) },
        threshold: { value: 85, label: 'warning' },
        facts: [
          { label: 'inodes', value: '31 %' },
          { label: '/var/backups', value: '71 % · 88 GB free', state: 'healthy' },
          { label: '/', value: '87 % · 12.9 GB free', state: 'warning' },
        ],
      },
    ),
    panel('nginx', 'nginx', 'healthy', [
      ['Version', '1.22.1'],
      ['Running since', '61 days'],
      ['https://orthodoxmetrics.com/', '200 in 38 ms'],
    ]),
    panel(
      'backup',
      'Backups',
      'warning',
      [
        ['Backups', '84 backups'],
        ['Size', '38.1 GB'],
        ['images', '9 d ago'],
      ],
      {
        notes: ['The newest backup of images is 9 d old.'],
        since: at(9 * 24 * hour),
      },
    ),
    panel('uploads', 'Uploads', 'healthy', [
      ['Folders', '4'],
      ['Writes as', 'www-data'],
      ['Free', '12.9 GB'],
    ]),
    panel('git', 'Git', 'healthy', [
      ['Branch', 'main'],
      ['Upstream', 'level'],
      ['Changed', '0 files'],
    ]),
    panel('build', 'Build', 'unknown', [], {
      notes: ['build could not be asked: permission denied: /srv/site/server/dist.'],
      failure: 'permission denied: /srv/site/server/dist',
    }),
    panel(
      'roadmap',
      'Roadmap',
      'healthy',
      [
        ['Milestones', '11, 4 complete'],
        ['In progress', '3'],
        ['Blocked', '1'],
      ],
      { page: 'roadmap/report.html' },
    ),
    panel(
      'changelog',
      'Changelog',
      'healthy',
      [
        ['Active session', 'Gallery to WebP'],
        ['Sessions today', '2'],
        ['Entries today', '31'],
      ],
      { page: 'changelog/report.html' },
    ),
    panel('ssl', 'Certificates', 'off', []),
  ];
}

function usualAttention(at: At): AttentionItem[] {
  return [
    {
      level: 'unknown',
      text: 'build could not be asked: permission denied: /srv/site/server/dist.',
      details: [],
      since: at(3 * hour),
      command: 'om-ops doctor',
      runbook: null,
      alert: null,
      acknowledged: null,
      part: 'build',
    },
    {
      level: 'warning',
      text: 'Disk / is at 87 % and fills in about 19 days.',
      details: [
        '12.9 GB free; 640 MB a day over the last week.',
        'Warning from 85 %, critical from 95 %.',
      ],
      since: at(34 * hour),
      command: 'om-ops analysis show --junk',
      runbook: 'disk-filling',
      alert: 'a1b2c3d4',
      acknowledged: null,
      part: 'disk',
    },
    {
      level: 'warning',
      text: 'The newest images backup is 9 days old.',
      details: ['Planned daily at 02:10.'],
      since: at(9 * 24 * hour),
      command: 'om-ops backup run images',
      runbook: 'backup-late',
      alert: 'e5f6a7b8',
      acknowledged: { by: 'ops', until: at(-3 * hour), note: 'moving the archive first' },
      part: 'backup',
    },
  ];
}

function usualLanes(at: At): TimelineLane[] {
  const lane = (
    check: string,
    title: string,
    breaks: readonly (readonly [level: Level, from: number, to: number])[],
    gap?: readonly [from: number, to: number],
  ): TimelineLane => {
    const spans: TimelineLane['spans'] = [];
    let from = 24 * hour;
    const healthyUntil = (until: number) => {
      if (until < from) spans.push({ from: at(from), to: at(until), level: 'healthy' });
    };
    const all = [...breaks, ...(gap === undefined ? [] : [['gap', ...gap] as const])].sort(
      (one, other) => other[1] - one[1],
    );
    for (const [level, begin, end] of all) {
      healthyUntil(begin);
      if (level !== 'gap') spans.push({ from: at(begin), to: at(end), level });
      from = end;
    }
    healthyUntil(0);
    const length = (only?: Level) =>
      spans
        .filter(({ level }) => only === undefined || level === only)
        .reduce((sum, span) => sum + Date.parse(span.to) - Date.parse(span.from), 0);
    const watched = length() - length('unknown');
    return { check, title, spans, healthy: watched === 0 ? null : length('healthy') / watched };
  };
  return [
    lane('disk./', 'Disk /', [['warning', 24 * hour, 0]]),
    lane(
      'pm2.backend',
      'Backend',
      [
        ['critical', 21 * hour, 20.9 * hour],
        ['warning', 9.5 * hour, 9.2 * hour],
      ],
      [6 * hour, 5 * hour],
    ),
    lane(
      'http.site',
      'API /health',
      [
        ['critical', 21 * hour, 20.92 * hour],
        ['warning', 9.6 * hour, 9 * hour],
      ],
      [6 * hour, 5 * hour],
    ),
    lane('nginx.config', 'nginx', [], [6 * hour, 5 * hour]),
    lane('host.memory', 'Memory', [['unknown', 15 * hour, 14 * hour]], [6 * hour, 5 * hour]),
    { check: 'db.ping', title: 'Database', spans: [], healthy: null },
  ];
}

function usualEvents(at: At): TimelineEvent[] {
  const done = { outcome: 'done' as const, by: 'ops', href: null };
  return [
    { ...done, at: at(22 * hour), kind: 'backup:run', text: 'backup run --all, 2 min 10 s' },
    { ...done, at: at(20.9 * hour), kind: 'pm2:restart', text: 'pm2 restart, 4.2 s' },
    { ...done, at: at(13.5 * hour), kind: 'nginx:apply', text: 'nginx apply', outcome: 'failed' },
    {
      ...done,
      at: at(3 * hour),
      kind: 'session',
      text: 'session “Gallery to WebP” began',
      outcome: null,
      by: null,
      href: 'changelog/report.html#session=abc',
    },
  ];
}

const usualChanges: SummaryChange[] = [
  {
    kind: 'state',
    key: 'disk',
    mark: 'worse',
    text: 'Disk: warning, was healthy',
    tone: 'bad',
    href: null,
  },
  {
    kind: 'backup',
    key: 'backup',
    mark: '+3',
    text: 'backups of prod, server',
    tone: 'good',
    href: null,
  },
  {
    kind: 'milestone',
    key: 'm1',
    mark: 'done',
    text: 'milestone “Record tables”',
    tone: 'good',
    href: 'roadmap/report.html#milestone=m1',
  },
  {
    kind: 'metric',
    key: 'pm2.restarts',
    mark: '+1',
    text: 'PM2: Restarts, now 14',
    tone: 'bad',
    href: null,
  },
  {
    kind: 'metric',
    key: 'disk.used',
    mark: '+660 MB',
    text: 'Disk: Used, now 87.1 GB',
    tone: 'neutral',
    href: null,
  },
];

function usualBackups(at: At): BackupRecord[] {
  const day = 24 * hour;
  return ['prod', 'server', 'front-end', 'images', 'nginx', 'config', 'database'].flatMap((of) =>
    Array.from({ length: 14 }, (_, index) => 13 - index).flatMap((age): BackupRecord[] => {
      const record = {
        of,
        at: at(age * day + hour),
        bytes: 1e8,
        path: `${of}/x.tar.gz`,
        why: null,
      };
      if (of === 'images' && age < 9)
        return age < 2
          ? [{ ...record, state: 'failed' as const, why: 'There is no space left.', path: null }]
          : [];
      if (of === 'front-end' && age === 7) return [];
      if (of === 'config' && age === 3)
        return [{ ...record, state: 'partial' as const, why: '1 path was left out.' }];
      return [{ ...record, state: age < 3 ? ('made' as const) : ('verified' as const) }];
    }),
  );
}

/** More parts, checks and changes than a page can show at once, with names that are no good. */
export function manySummary(): Summary {
  const now = new Date();
  const at = (ms: number) => isoWithOffset(new Date(now.getTime() - ms));
  const nasty = 'A part with a very\u202e long name-without-any-place-to-break-it_'.repeat(2);
  const panels = Array.from({ length: 80 }, (_, index) =>
    panel(
      `part${index}`,
      index === 3 ? nasty : `Part ${index}`,
      index % 20 === 3 ? 'critical' : index % 11 === 2 ? 'unknown' : 'healthy',
      [
        ['https://example.org/a/very/long/address/that/goes/on', 'x'.repeat(90)],
        ['count', String(index)],
      ],
      {
        notes: [`Note ${index} ${'word '.repeat(60)}`],
        history: { label: 'Load', unit: 'percent', points: wave(50, 20, 2000) },
      },
    ),
  );
  const attention = panels
    .filter(({ state }) => state !== 'healthy')
    .map(
      ({ topic, title, state, notes }): AttentionItem => ({
        level: state as 'critical',
        text: `${title}: ${notes[0]}`,
        details: notes.slice(1),
        since: at(hour),
        command: `om-ops ${topic} ${'--flag-of-it '.repeat(8)}`,
        runbook: 'high-cpu',
        alert: null,
        acknowledged: null,
        part: topic,
      }),
    );
  const lanes = Array.from(
    { length: 70 },
    (_, index): TimelineLane => ({
      check: `part${index}.check`,
      title: index === 2 ? nasty : `Check ${index}`,
      healthy: 0.5,
      spans: Array.from({ length: 144 }, (_, span) => ({
        from: at((144 - span) * 10 * minute),
        to: at((143 - span) * 10 * minute),
        level: span % 2 === 0 ? 'healthy' : span % 3 === 0 ? 'critical' : 'warning',
      })),
    }),
  );
  const events = Array.from(
    { length: 300 },
    (_, index): TimelineEvent => ({
      at: at((300 - index) * 4 * minute),
      kind: 'backup:run',
      text: `backup run ${nasty}`,
      outcome: 'done',
      by: 'ops',
      href: null,
    }),
  );
  const changes = panels.map(
    ({ topic, title }): SummaryChange => ({
      ...{ kind: 'metric', key: topic, mark: '+1,234,567', text: `${title}: something else` },
      tone: 'bad',
      href: null,
    }),
  );
  return sampleSummary({ now, panels, attention, lanes, events, changes });
}
