import { OpsCommand } from '@om-ops/kit';
import { type ListedCheck, listText } from '../../view/list.ts';

interface ListResult {
  checks: ListedCheck[];
}

export default class HealthList extends OpsCommand<typeof HealthList, ListResult> {
  static override summary = 'List every check of the site.';
  static override description =
    'What every part of the site can be looked at for, and what each check hangs on. Looks at nothing.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<ListResult> {
    const checks = await this.abilities.checks();
    return {
      checks: checks.map(
        ({ topic, value: { key, title, kind = 'gauge', after = [], runbook } }) => ({
          id: `${topic}.${key}`,
          title,
          kind,
          after,
          runbook: runbook ?? null,
        }),
      ),
    };
  }

  protected override text({ checks }: ListResult): string {
    return listText(checks);
  }
}
