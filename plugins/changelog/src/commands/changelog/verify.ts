import { Args, OpsCommand } from '@om-ops/kit';
import { openChangelog, type Verification } from '@om-ops/kit/journal';
import { verificationSummary, verificationText } from '../../view/verification.ts';

export default class ChangelogVerify extends OpsCommand<typeof ChangelogVerify, Verification> {
  static override summary = 'Prove that no entry was altered, removed or reordered.';
  static override description =
    'Follows the hash chain of every session and names each entry that breaks it; exits 6 when one does. Sessions written by the original tool have no chain and are reported as unchained.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> 3f9a --json',
  ];
  static override record = 'audit' as const;
  static override args = {
    session: Args.string({ description: 'Only this session: its id, or the beginning of it.' }),
  };

  protected override async perform(): Promise<Verification> {
    const changelog = openChangelog(this.site.state);
    const verification = await changelog.verify(this.args.session, this.operation.signal);
    if (!verification.ok) {
      this.unhealthy('E_CHANGELOG_BROKEN', verificationSummary(verification), [
        'Compare with a backup of STATE/changelog, and find out who may write there.',
      ]);
    }
    return verification;
  }

  protected override text(verification: Verification): string {
    return verificationText(verification);
  }
}
