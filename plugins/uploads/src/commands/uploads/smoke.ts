import { OpsCommand } from '@om-ops/kit';
import { uploadsSection } from '../../site.ts';
import { type SmokeResult, smoke } from '../../smoke.ts';

export default class UploadsSmoke extends OpsCommand<typeof UploadsSmoke, SmokeResult> {
  static override summary = 'Ask whether the upload address answers.';
  static override description =
    'One request to the backend, HEAD or GET: nothing is uploaded. A login page or 405 counts as there; 404, 5xx and silence are exit 6.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<SmokeResult> {
    const { smoke: address } = await this.site.section(uploadsSection);
    const url = `http://localhost:${this.site.backend.port}${address.path}`;
    const result = await this.runTask({
      title: 'Ask the backend',
      run: (progress) => smoke(url, progress),
    });
    if (!result.reachable) {
      this.unhealthy('E_UPLOADS', result.message, [
        'Is the address right? uploads.smoke.path in the site profile: om-ops config show',
      ]);
    }
    return result;
  }

  protected override text({ reachable, message }: SmokeResult): string {
    return reachable ? message : '';
  }
}
