import {
  type Check,
  dayStamp,
  type MenuStanding,
  type Panel,
  type PanelContext,
  Redactor,
  type Site,
} from '@om-ops/kit';
import { plural, printableName } from '@om-ops/kit/text';
import { countsOf } from './counts.ts';
import { daysLeft, distanceText, isOverdue } from './days.ts';
import type { Milestone } from './milestone.ts';
import { page } from './report/site-page.ts';
import { Roadmap } from './roadmap.ts';

/** @throws OpsError E_ROADMAP_FILE, E_PERMISSION */
export function milestonesOf({ state }: Pick<Site, 'state'>): Milestone[] {
  const redactor = new Redactor();
  const roadmap = new Roadmap(state, {
    redact: (text) => redactor.foreign(text),
    warn: () => undefined,
    signal: new AbortController().signal,
  });
  return roadmap.milestones();
}

const overdueLimit = { warning: 0, when: 'above' } as const;

export async function roadmapPanel({ site, now }: PanelContext): Promise<Panel> {
  const today = dayStamp(now);
  const milestones = milestonesOf(site);
  const { total, byStatus, overdue, percent } = countsOf(milestones, today);
  const next = milestones
    .filter((each) => (daysLeft(each, today) ?? -1) >= 0)
    .sort((one, other) => ((one.due ?? '') < (other.due ?? '') ? -1 : 1))[0];
  return {
    title: 'Roadmap',
    state: total === 0 ? 'off' : overdue > 0 ? 'warning' : 'healthy',
    metrics: [
      { key: 'done', label: 'Done', value: percent, unit: 'percent', welcome: 'up' },
      { key: 'open', label: 'Open', value: total - byStatus.complete, unit: 'count' },
      {
        key: 'overdue',
        label: 'Overdue',
        value: overdue,
        unit: 'count',
        welcome: 'down',
        limit: overdueLimit,
      },
    ],
    facts: [
      { label: 'Milestones', value: `${total}, ${byStatus.complete} complete` },
      { label: 'In progress', value: String(byStatus.in_progress) },
      { label: 'Blocked', value: String(byStatus.blocked) },
      { label: 'Next due', value: next === undefined ? 'none' : dueFact(next, today) },
    ],
    notes: overdue > 0 ? [`${overdueText(milestones, today)} om-ops roadmap list --overdue`] : [],
    page: page.path,
  };
}

/** Beside its entry of the menu. */
export function roadmapStanding(site: Site, now: Date): MenuStanding {
  const { total, byStatus, overdue } = countsOf(milestonesOf(site), dayStamp(now));
  if (total === 0) return {};
  return overdue > 0
    ? { note: `${overdue} overdue`, level: 'warning' }
    : { note: `${byStatus.complete} of ${total} done` };
}

function dueFact(milestone: Milestone, today: string): string {
  const left = daysLeft(milestone, today) ?? 0;
  return `${printableName(milestone.title)}, ${distanceText(left)}`;
}

export function roadmapChecks(site: Site): Check[] {
  return [
    {
      key: 'overdue',
      title: 'Overdue milestones',
      everyMs: 60 * 60_000,
      samples: 1,
      command: 'om-ops roadmap list --overdue',
      async run() {
        const today = dayStamp(new Date());
        const milestones = milestonesOf(site);
        const { total, overdue } = countsOf(milestones, today);
        return {
          state: total === 0 ? 'off' : overdue > 0 ? 'warning' : 'healthy',
          message: overdueText(milestones, today),
          metrics: [
            {
              key: 'overdue',
              label: 'Overdue milestones',
              value: overdue,
              unit: 'count',
              welcome: 'down',
              limit: overdueLimit,
            },
          ],
        };
      },
    },
  ];
}

const named = 3;

function overdueText(milestones: readonly Milestone[], today: string): string {
  if (milestones.length === 0) return 'There are no milestones.';
  const late = milestones
    .filter((each) => isOverdue(each, today))
    .sort((one, other) => ((one.due ?? '') < (other.due ?? '') ? -1 : 1));
  if (late.length === 0) return 'No milestone is overdue.';
  const names = late
    .slice(0, named)
    .map((each) => `${printableName(each.title)} (${distanceText(daysLeft(each, today) ?? 0)})`);
  const more = late.length > named ? ` and ${late.length - named} more` : '';
  return `${plural(late.length, 'milestone is', 'milestones are')} overdue: ${names.join(', ')}${more}.`;
}
