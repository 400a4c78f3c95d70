import { OpsCommand } from '@om-ops/kit';
import { baselineFlags, editOptions } from '../../baseline-flags.ts';
import { nginxSection } from '../../site.ts';
import { type BaselineResult, baselineText } from '../../view/baseline.ts';

export default class NginxBaseline extends OpsCommand<typeof NginxBaseline, BaselineResult> {
  static override summary = 'Show how the proxy of the API would be brought to the baseline.';
  static override description =
    'Finds the location that answers the API of this site, and shows as a diff which directives would be set: HTTP/1.1, the headers Host, X-Real-IP, X-Forwarded-For and X-Forwarded-Proto, the largest upload and the timeouts. Everything else in the location stays as it is. Changes nothing; `nginx apply` does it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --max-body-size 100m --timeout 600',
    '<%= config.bin %> <%= command.id %> --listen 443',
  ];
  static override flags = baselineFlags;

  protected override async perform(): Promise<BaselineResult> {
    const section = await this.site.section(nginxSection);
    const { planEdit } = await import('../../edit/plan.ts');
    const plan = await planEdit(
      this.site.below(section.conf),
      editOptions(this.site, section, this.flags),
    );
    for (const warning of plan.warnings) this.operation.warn(warning);
    for (const one of plan.left) this.incomplete(one);
    return {
      changed: plan.isChanged,
      file: plan.file.path,
      line: plan.line,
      what: plan.what,
      diff: this.operation.redactor.foreign(plan.diff),
      left: plan.left,
    };
  }

  protected override text(result: BaselineResult): string {
    return baselineText(result);
  }
}
