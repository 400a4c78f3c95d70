import { dayStamp, dryRunFlag, Flags } from '@om-ops/kit';
import { printableName } from '@om-ops/kit/text';
import { isOverdue } from '../../days.ts';
import type { Milestone, MilestoneFields } from '../../milestone.ts';
import { RoadmapCommand } from '../../roadmap-command.ts';
import { dueText, nameOf, nothingChanged } from '../../view/milestones.ts';

interface AddResult {
  dryRun: boolean;
  /** In a dry run without an ID: it gets one when it is added. */
  milestone: Omit<Milestone, 'id'> & { id: string | null };
}

export default class RoadmapAdd extends RoadmapCommand<typeof RoadmapAdd, AddResult> {
  static override summary = 'Add a milestone.';
  static override description =
    'A milestone is a title; owner, date and notes can come later. It begins as planned, at 0 %, and gets a short ID of its own.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --title "Gallery to WebP" --due 2026-12-01',
    '<%= config.bin %> <%= command.id %> --title "Parish search" --owner "Maria K" --notes "Full text over names and places."',
  ];
  static override record = 'audit' as const;
  static override flags = {
    title: Flags.string({ summary: 'What is to be reached.', required: true }),
    owner: Flags.string({ summary: 'Who sees to it.' }),
    due: Flags.string({ summary: 'The day it is due.', helpValue: 'YYYY-MM-DD' }),
    notes: Flags.string({ summary: 'What else there is to say.' }),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<AddResult> {
    const { title, owner, due, notes } = this.flags;
    const fields: MilestoneFields = {
      title,
      owner: null,
      status: 'planned',
      percent: 0,
      due: null,
      notes: null,
      ...this.given({ title, owner, due, notes }),
    };
    if (isOverdue(fields, this.#today)) {
      this.operation.warn(`Its due date, ${fields.due}, has passed: it is overdue at once.`);
    }
    const { roadmap } = this;
    const { milestone } = await roadmap.add(fields, this.dryRun);
    if (this.dryRun) return { dryRun: true, milestone: { ...milestone, id: null } };
    this.operation.touch(roadmap.path);
    return { dryRun: false, milestone };
  }

  protected override text({ milestone }: AddResult): string {
    const { id, title, owner, due } = milestone;
    const more = [
      ...(owner === null ? [] : [`owner ${printableName(owner)}`]),
      ...(due === null ? [] : [`due ${dueText(milestone, this.#today)}`]),
    ].join(', ');
    const rest = more === '' ? '.' : `, ${more}.`;
    if (id === null) return `Would add ${printableName(title)}${rest} ${nothingChanged}`;
    return `Added ${nameOf({ id, title })}${rest}\nWhen work begins: om-ops roadmap update ${id} --status in_progress`;
  }

  get #today(): string {
    return dayStamp(this.operation.startedAt);
  }
}
