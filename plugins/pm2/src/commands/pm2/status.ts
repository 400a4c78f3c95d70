import { isOpsError, OpsCommand } from '@om-ops/kit';
import { diagnose, pm2Setting } from '../../app/look.ts';
import type { Problem } from '../../app/problems.ts';
import type { AppStatus } from '../../app/status.ts';
import { statusText } from '../../view/status.ts';

interface StatusResult extends AppStatus {
  /** Whether it comes back at the next boot; null where that cannot be told. */
  saved: boolean | null;
  /** What starts PM2 at boot. */
  boot: string | null;
  problems: Problem[];
}

export default class Pm2Status extends OpsCommand<typeof Pm2Status, StatusResult> {
  static override summary = 'Show how the backend is doing in PM2.';
  static override description =
    'Asks the daemon over its socket, and starts none. Ends with 6 for whatever is not well: errored, stopped or in a crash loop, a daemon that does not answer or is older than the program, the app in the PM2 of another user, not saved for the next boot, or nothing that starts PM2 then.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  protected override async perform(): Promise<StatusResult> {
    const setting = await pm2Setting(this.site);
    const { status, saved, boot, problems } = await diagnose(setting, this.operation.signal);
    const result = { ...status, saved, boot, problems };
    try {
      setting.program.need();
    } catch (error) {
      if (!isOpsError(error)) throw error;
      this.fail(error as never, result);
    }
    const [worst] = problems;
    if (worst !== undefined) {
      const fixes = new Set(problems.map(({ fix }) => fix));
      this.unhealthy(worst.code, worst.message, [...fixes]);
    }
    return result;
  }

  protected override text(result: StatusResult): string {
    return statusText(result);
  }
}
