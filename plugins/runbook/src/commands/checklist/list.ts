import { OpsCommand } from '@om-ops/kit';
import { type Checklist, checklists } from '../../checklist/lists.ts';
import { checklistsSection } from '../../site.ts';

export default class ChecklistList extends OpsCommand<
  typeof ChecklistList,
  { checklists: Checklist[] }
> {
  static override summary = 'List the checklists and their steps.';
  static override description =
    'daily, weekly and monthly come with om-ops; checklists of the profile adds others, or takes their place.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<{ checklists: Checklist[] }> {
    return { checklists: checklists(await this.site.section(checklistsSection), this.config) };
  }

  protected override text({ checklists: all }: { checklists: Checklist[] }): string {
    return all
      .map(({ name, steps, absent }) =>
        [
          name,
          ...steps.map((line) => `  om-ops ${line.join(' ')}`),
          ...absent.map((line) => `  om-ops ${line.join(' ')} (not installed)`),
        ].join('\n'),
      )
      .join('\n\n');
  }
}
