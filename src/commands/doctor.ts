import { isOpsError, loadPlugins, messageOf, OpsCommand, type Requirement } from '@om-ops/kit';
import { noSiteProfile } from '@om-ops/kit/site';
import { formatTable, plural, styleFor } from '@om-ops/kit/text';
import { coreRequirements } from '../core-requirements.ts';

interface DoctorResult {
  healthy: boolean;
  requirements: ({ plugin: string } & Requirement)[];
}

export default class Doctor extends OpsCommand<typeof Doctor, DoctorResult> {
  static override summary = 'Check which programs, paths and permissions are there.';
  static override description =
    'Asks the core and every plugin what they need for this site, and says what is missing and how to get it. Changes nothing. Exits 6 if something needed is missing.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  static override checksState = false;

  protected override async perform(): Promise<DoctorResult> {
    const loaded = await loadPlugins(this.config);
    for (const problem of loaded.problems) this.operation.warn(problem);
    const requirements: DoctorResult['requirements'] = (await coreRequirements(this.site)).map(
      (requirement) => ({ plugin: 'core', ...requirement }),
    );
    for (const { contribution } of loaded.plugins) {
      try {
        for (const requirement of (await contribution.requirements?.(this.site)) ?? []) {
          requirements.push({ plugin: contribution.topic, ...requirement });
        }
      } catch (error) {
        if (isOpsError(error) && error.code === 'E_SITE_INVALID') throw error;
        this.operation.warn(`${contribution.topic} could not be checked: ${messageOf(error)}`);
      }
    }
    const missing = requirements.filter(({ state }) => state === 'missing');
    if (missing.length > 0) {
      this.unhealthy(
        'E_REQUIREMENTS',
        `${plural(missing.length, 'requirement')} missing: ${missing.map(({ name }) => name).join(', ')}.`,
        missing.flatMap(({ fix }) => (fix === undefined ? [] : [fix])),
      );
    }
    return { healthy: missing.length === 0, requirements };
  }

  protected override text({ requirements }: DoctorResult): string {
    const style = styleFor(process.stdout);
    const mark = {
      ok: style.green('ok'),
      missing: style.red('MISSING'),
      absent: style.yellow('absent'),
    };
    const head = this.site.document === undefined ? `${noSiteProfile}\n\n` : '';
    const table = formatTable(
      [
        { head: 'FOR', cell: ({ plugin }: DoctorResult['requirements'][number]) => plugin },
        { head: 'STATE', cell: ({ state }) => mark[state] },
        { head: 'WHAT', cell: ({ name }) => name },
        { head: 'PURPOSE', cell: ({ purpose }) => purpose },
        {
          head: 'DETAIL',
          cell: ({ detail, fix, state }) =>
            [detail, state === 'missing' ? undefined : fix].filter(Boolean).join('; '),
        },
      ],
      requirements,
    );
    return `${head}${table}`;
  }
}
