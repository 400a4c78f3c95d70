import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Args, dryRunFlag, isThere, OpsCommand, OpsError, writeFileAtomic } from '@om-ops/kit';
import { runbooksSection } from '../../site.ts';

interface NewResult {
  path: string;
  dryRun: boolean;
}

export default class RunbookNew extends OpsCommand<typeof RunbookNew, NewResult> {
  static override summary = 'Begin a runbook of the site.';
  static override description =
    'Writes a file to fill in, in runbooks.dir of the profile; never over one that is there.';
  static override examples = ['<%= config.bin %> <%= command.id %> mail-stuck'];
  static override record = 'audit' as const;
  static override args = {
    name: Args.string({
      description: 'Its name: small letters, digits and dashes.',
      required: true,
    }),
  };
  static override flags = { ...dryRunFlag };

  protected override async perform(): Promise<NewResult> {
    const { name } = this.args;
    if (!/^[a-z0-9][a-z0-9-]*$/.test(name))
      throw new OpsError('E_USAGE', `${JSON.stringify(name)} is no name of a runbook.`, {
        exit: 'usage',
        suggestions: ['Small letters, digits and dashes: mail-stuck'],
      });
    const { dir } = await this.site.section(runbooksSection);
    const folder = this.site.below(dir);
    const path = join(folder, `${name}.md`);
    if (isThere(path))
      throw new OpsError('E_EXISTS', `${path} is there already.`, {
        suggestions: [`Look at it: om-ops runbook show ${name}`],
      });
    if (this.dryRun) return { path, dryRun: true };
    mkdirSync(folder, { recursive: true });
    const today = new Date().toISOString().slice(0, 10);
    await writeFileAtomic(
      path,
      `# ${name}\n\nFor: ${name}\nReviewed: ${today}\n\nWhat it is about.\n\n## Look\n\n- See how the site is.\n\n  \`\`\`sh\n  om-ops health check\n  \`\`\`\n\n## Mend\n\n- Say what is done, and prove it.\n\n  \`\`\`sh\n  om-ops service restart backend\n  \`\`\`\n\n  Check: om-ops health check\n`,
    );
    this.operation.touch(path);
    return { path, dryRun: false };
  }

  protected override text({ path, dryRun }: NewResult): string {
    return dryRun
      ? `Would write ${path}. Nothing was changed.`
      : `${path} is there; fill it in, then: om-ops runbook check`;
  }
}
