import { OpsCommand, OpsError } from '@om-ops/kit';
import { nginxSection } from '../../site.ts';
import type { Validation } from '../../state/validate.ts';
import { validateText } from '../../view/validate.ts';

export default class NginxValidate extends OpsCommand<typeof NginxValidate, Validation> {
  static override summary = 'Ask nginx whether its configuration is valid.';
  static override description =
    'Runs `nginx -t` on the configuration of the profile, as the running nginx reads it. Log files and the pid file that nginx makes only to test, as root, are taken away again. Says too whether what is on the disk is what runs. Ends with 6 when nginx refuses.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override record = 'audit' as const;

  protected override async perform(): Promise<Validation> {
    const { bin, conf } = await this.site.section(nginxSection);
    const { validateNginx } = await import('../../state/validate.ts');
    const { outcome, ...found } = await this.runTask({
      title: 'Let nginx test its configuration',
      run: (progress) => validateNginx({ bin, conf: this.site.below(conf) }, progress.signal),
    });
    const redact = (text: string) => this.operation.redactor.foreign(text);
    const result = {
      ...found,
      output: found.output.map(redact),
      message: found.message === null ? null : redact(found.message),
    };
    if (outcome === 'forbidden')
      this.fail(
        new OpsError(
          'E_PERMISSION',
          `nginx cannot test its configuration as this user: ${result.message}.`,
          {
            exit: 'requirement',
            suggestions: ['Run the command with sudo.'],
          },
        ),
        result,
      );
    if (outcome === 'invalid')
      this.unhealthy('E_NGINX_INVALID', `nginx refuses the configuration: ${result.message}.`, [
        `Mend ${result.file === null ? 'it' : `${result.file}:${result.line}`}; what runs goes on with what it has read.`,
      ]);
    for (const { message } of result.findings) this.operation.warn(message);
    return result;
  }

  protected override text(result: Validation): string {
    return validateText(result);
  }
}
