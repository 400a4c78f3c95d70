import { join } from 'node:path';
import {
  definePlugin,
  type MenuStanding,
  messageOf,
  type Panel,
  type Site,
  writableRequirement,
} from '@om-ops/kit';
import {
  entryActors,
  entryOutcomes,
  entryTypes,
  openChangelog,
  type Session,
  sessionScopes,
} from '@om-ops/kit/journal';
import { formatAge } from '@om-ops/kit/text';
import { page } from './report/site-page.ts';

const dayMs = 24 * 3600 * 1000;

export default definePlugin({
  topic: 'changelog',
  pages: () => [page],
  menu: {
    order: 5,
    title: 'Changelog',
    async standing({ site, now }) {
      return changelogStanding(site, now);
    },
    items: [
      {
        title: 'Start new work session',
        number: 20,
        argv: ['changelog', 'start'],
        ask: [
          { message: 'Title', flag: '--title' },
          { message: 'Tags, with commas between them', flag: '--tags', optional: true },
          { message: 'Scope', flag: '--scope', choices: sessionScopes },
        ],
      },
      {
        title: 'Append entry to active session',
        number: 21,
        argv: ['changelog', 'add'],
        unready: withoutSession,
        ask: [
          { message: 'Type', flag: '--type', choices: entryTypes },
          { message: 'Actor', flag: '--actor', choices: entryActors },
          { message: 'Text', flag: '--text' },
        ],
      },
      {
        title: 'Close active session',
        number: 22,
        argv: ['changelog', 'close'],
        unready: withoutSession,
        ask: [
          { message: 'Summary', flag: '--summary', optional: true },
          { message: 'Outcome', flag: '--outcome', choices: entryOutcomes, optional: true },
        ],
      },
      {
        title: 'List sessions',
        number: 23,
        argv: ['changelog', 'list'],
        ask: [{ message: 'Of the last how many days', flag: '--days', optional: true }],
      },
      {
        title: 'Generate / refresh changelog HTML report',
        number: 24,
        argv: ['changelog', 'report'],
      },
      {
        title: 'Open latest changelog report path',
        number: 25,
        argv: ['changelog', 'report', '--where'],
        effect: 'reads',
      },
      {
        title: 'Prune old sessions',
        number: 26,
        argv: ['changelog', 'prune'],
        ask: [{ message: 'Keep sessions of the last how many days', flag: '--days' }],
      },
      { title: 'Verify the record', argv: ['changelog', 'verify'] },
    ],
  },
  async requirements(site) {
    return [writableRequirement(join(site.state, 'changelog'), 'recording work sessions')];
  },
  async tasks() {
    return [
      {
        id: 'changelog-report',
        title: 'Changelog page',
        argv: ['changelog', 'report'],
        every: 'day',
        at: '05:20',
        why: 'What om-ops did by itself stands on the page without anybody asking.',
      },
      {
        id: 'changelog-verify',
        title: 'Verify the record of work',
        argv: ['changelog', 'verify'],
        every: 'week',
        on: 'sun',
        at: '05:00',
        why: 'An entry that was altered or lost shows while somebody still remembers it.',
      },
    ];
  },
  async state({ site, now }) {
    return changelogPanel(site, now);
  },
});

async function withoutSession({ state }: Site): Promise<string | undefined> {
  try {
    return openChangelog(state).activeSession() === null
      ? 'No changelog session is active: start one first.'
      : undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** The session at work, else the newest. */
function changelogStanding({ state }: Site, now: Date): MenuStanding {
  const changelog = openChangelog(state);
  const active = changelog.activeSession();
  if (active !== null) {
    const ageMs = now.getTime() - Date.parse(active.started_at);
    const age = formatAge(ageMs);
    return {
      note: `active, ${age}`,
      ...(ageMs > dayMs ? { level: 'warning' as const } : {}),
      head: `session “${active.title}”, ${age}`,
    };
  }
  const newest = changelog.sessions({ days: 30, now })[0];
  if (newest === undefined) return { head: 'no session' };
  const ended = Date.parse(newest.closed_at ?? newest.started_at);
  const age = formatAge(now.getTime() - ended);
  return { note: 'none active', head: `last session “${newest.title}”, ${age} ago` };
}

function changelogPanel(site: Site, now: Date): Panel {
  const changelog = openChangelog(site.state);
  const active = changelog.activeSession();
  const recent = changelog.sessions({ days: 7, now });
  const today = recent.filter(({ started_at }) => isToday(started_at, now));
  const failed = today.filter(({ outcome }) => outcome === 'fail').length;
  const entries = (sessions: readonly Session[]): number =>
    sessions.reduce((sum, { entry_count }) => sum + entry_count, 0);
  const isForgotten = active !== null && now.getTime() - Date.parse(active.started_at) > dayMs;
  return {
    title: 'Changelog',
    state: isForgotten || failed > 0 ? 'warning' : 'healthy',
    metrics: [{ key: 'entries', label: 'Entries today', value: entries(today), unit: 'count' }],
    facts: [
      { label: 'Active session', value: active?.title ?? 'none' },
      { label: 'Sessions today', value: String(today.length) },
      { label: 'Entries today', value: String(entries(today)) },
      { label: 'Sessions in 7 days', value: String(recent.length) },
    ],
    notes: isForgotten
      ? ['The active session has been open for more than a day: om-ops changelog close']
      : [],
  };
}

function isToday(time: string, now: Date): boolean {
  return new Date(time).toDateString() === now.toDateString();
}
