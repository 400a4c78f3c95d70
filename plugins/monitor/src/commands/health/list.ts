import { OpsCommand } from '@om-ops/kit';
import { readKeptPass } from '../../pass/kept-pass.ts';
import { unseenIntegration, watchedChecks } from '../../pass/look.ts';
import { thisMachine } from '../../readers/machine.ts';
import { type ListedCheck, listText } from '../../view/list.ts';

interface ListResult {
  checks: ListedCheck[];
}

export default class HealthList extends OpsCommand<typeof HealthList, ListResult> {
  static override summary =
    'List every check of the site, with its thresholds and what was seen last.';
  static override description =
    'What every part of the site is looked at for: the level and the value of the last look, the thresholds and where they come from, how often, what it hangs on, and its runbook. Looks at nothing.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override record = 'none' as const;

  protected override async perform(): Promise<ListResult> {
    const { site } = this;
    const kept = readKeptPass(site.state);
    const checks = await watchedChecks({
      site,
      machine: thisMachine(),
      ofPlugins: await this.abilities.checks(),
      readings: [],
    });
    const seen = new Map((kept?.pass.checks ?? []).map((one) => [one.id, one]));
    return {
      checks: [...checks, await unseenIntegration(site)].map(({ id, tags, source, check }) => {
        const last = seen.get(id);
        return {
          id,
          title: check.title,
          kind: check.kind ?? 'gauge',
          level: last?.level ?? null,
          value: last?.value ?? null,
          unit: last?.unit ?? null,
          thresholds: last?.thresholds ?? null,
          source,
          everyMs: check.everyMs ?? null,
          last: last?.at ?? null,
          since: last?.since ?? null,
          after: check.after ?? [],
          tags,
          runbook: check.runbook ?? null,
          command: check.command ?? null,
        };
      }),
    };
  }

  protected override text({ checks }: ListResult): string {
    return listText(checks);
  }
}
