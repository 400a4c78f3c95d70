import { OpsCommand } from '@om-ops/kit';
import { type CheckResult, checkEnvFiles, counted, problemOf } from '../../check.ts';
import { envSection } from '../../site.ts';
import { checkText } from '../../view/findings.ts';

const codes = new Set([
  'default',
  'weak',
  'short',
  'reused',
  'placeholder',
  'example-secret',
  'test-key',
  'live-key',
]);

export default class EnvSecrets extends OpsCommand<typeof EnvSecrets, CheckResult> {
  static override summary = 'Find secrets that are weak, reused or known to everybody.';
  static override description =
    'The secrets of the env files alone: those everybody tries first, short ones, ones of little variety, one value under two names, placeholders, keys of the wrong stage. Never prints a value. Exit 6 when there is one.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<CheckResult> {
    const section = await this.site.section(envSection);
    const { files, findings: all } = await this.runTask({
      title: 'Secrets',
      run: ({ signal }) => checkEnvFiles(this.site, section, { signal }),
    });
    const findings = all.filter(({ code }) => codes.has(code) || code === 'unreadable');
    const counts = counted(findings);
    if (counts.unknown > 0) this.incomplete('Some of it could not be looked at, as named.');
    const problem = problemOf(counts);
    if (problem !== undefined)
      this.unhealthy('E_ENV', problem, [
        'Make a good one: openssl rand -base64 32 | om-ops env set NAME=- --confirm "YES APPLY"',
      ]);
    return { files, findings, counts };
  }

  protected override text(result: CheckResult): string {
    return checkText(result, true);
  }
}
