import { join } from 'node:path';
import { confirmFlag, dryRunFlag, OpsCommand } from '@om-ops/kit';
import { askedPath } from '../../asked-path.ts';
import { baselineFlags, editOptions } from '../../baseline-flags.ts';
import { nginxSection } from '../../site.ts';
import { type ApplyResult, applyText } from '../../view/baseline.ts';

export default class NginxApply extends OpsCommand<typeof NginxApply, ApplyResult> {
  static override summary =
    'Bring the proxy of the API to the baseline, and put it back if it does not work.';
  static override description =
    'Changes what `nginx baseline` shows, keeps the file as it was in STATE/nginx, lets nginx test and read the configuration, and believes it only when there are new workers, no complaint in the log and the same answers as before. Else the file is put back byte for byte and nginx told again; the running server never notices.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --confirm "YES APPLY"',
    '<%= config.bin %> <%= command.id %> --max-body-size 100m --listen 443',
  ];
  static override record = 'audit' as const;
  static override flags = { ...baselineFlags, ...dryRunFlag, ...confirmFlag };

  #steps: string[] = [];

  protected override async perform(): Promise<ApplyResult> {
    const { site, operation } = this;
    const section = await site.section(nginxSection);
    const redact = (text: string) => operation.redactor.foreign(text);
    const { applyBaseline } = await import('../../apply/apply.ts');
    const options = {
      ...editOptions(site, section, this.flags),
      bin: section.bin,
      conf: site.below(section.conf),
      errorLog: site.below(section.errorLog),
      reload: section.reload,
      backups: join(site.state, 'nginx'),
      asked: askedPath(section.location, site.backend.health),
    };
    const guarded = applyBaseline(options, { dryRun: this.dryRun, redact });
    return this.guarded(
      'nginx',
      guarded,
      ({ outcome, changes, problem }, { edit, backup, checks, done }) => {
        this.#steps = changes.map(
          ({ kind, what, detail }) =>
            `${kind} ${what}${detail === undefined ? '' : ` (${detail})`}`,
        );
        for (const warning of edit.warnings) operation.warn(warning);
        for (const one of edit.left) this.incomplete(one);
        const isKept = outcome === 'planned' || done.written !== undefined;
        return {
          outcome,
          file: edit.file.path,
          line: edit.line,
          what: edit.what,
          diff: redact(edit.diff),
          backup: isKept ? backup : null,
          checks: checks.map((one) => ({ ...one, message: redact(one.message) })),
          left: edit.left,
          ...(problem === undefined ? {} : { problem }),
        };
      },
    );
  }

  protected override text(result: ApplyResult): string {
    return applyText(result, this.#steps);
  }
}
