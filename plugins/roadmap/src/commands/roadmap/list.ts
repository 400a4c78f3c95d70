import { dayStamp, Flags } from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import { type Counts, countsOf, countsText } from '../../counts.ts';
import { daysLeft, isOverdue } from '../../days.ts';
import { type Milestone, statuses } from '../../milestone.ts';
import { RoadmapCommand } from '../../roadmap-command.ts';
import { inOrder, milestoneTable } from '../../view/milestones.ts';

interface ListedMilestone extends Milestone {
  overdue: boolean;
  /** Negative when it is late; null without a date, and for a complete one. */
  daysLeft: number | null;
}

interface ListResult {
  milestones: ListedMilestone[];
  /** Of all there are, listed or not. */
  counts: Counts;
}

export default class RoadmapList extends RoadmapCommand<typeof RoadmapList, ListResult> {
  static override summary = 'List the milestones by status.';
  static override description =
    'What is being worked at first, each status by due date. Overdue is what is not complete although its day has passed.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --status blocked',
    '<%= config.bin %> <%= command.id %> --overdue --json',
  ];
  static override flags = {
    status: Flags.option({ summary: 'Only those of this status.', options: statuses })(),
    owner: Flags.string({ summary: 'Only those of this owner.' }),
    overdue: Flags.boolean({ summary: 'Only those that are overdue.', default: false }),
  };

  protected override async perform(): Promise<ListResult> {
    const { status, owner, overdue } = this.flags;
    const today = this.#today;
    const all = this.roadmap.milestones();
    const wanted = all.filter(
      (milestone) =>
        (status === undefined || milestone.status === status) &&
        (owner === undefined || milestone.owner?.toLowerCase() === owner.toLowerCase()) &&
        (!overdue || isOverdue(milestone, today)),
    );
    return {
      milestones: inOrder(wanted).map((milestone) => ({
        ...milestone,
        overdue: isOverdue(milestone, today),
        daysLeft: daysLeft(milestone, today),
      })),
      counts: countsOf(all, today),
    };
  }

  protected override text({ milestones, counts }: ListResult): string {
    const head = `${countsText(counts)}.`;
    if (counts.total === 0) return `${head} Begin with: om-ops roadmap add --title "…"`;
    if (milestones.length === 0) return `${head} None is as asked for.`;
    const shown =
      milestones.length < counts.total ? ` Listed: ${plural(milestones.length, 'milestone')}.` : '';
    return `${head}${shown}\n\n${milestoneTable(milestones, this.#today)}`;
  }

  get #today(): string {
    return dayStamp(this.operation.startedAt);
  }
}
