import { OpsCommand } from '@om-ops/kit';
import { askedPath } from '../../asked-path.ts';
import { nginxSection } from '../../site.ts';
import type { NginxStatus as Status } from '../../state/status.ts';
import { statusText } from '../../view/status.ts';

export default class NginxStatus extends OpsCommand<typeof NginxStatus, Status> {
  static override summary =
    'Show whether nginx runs, and whether what runs is what is on the disk.';
  static override description =
    'Version, master and workers, files that were changed after nginx had read them, server names that are there twice, copies that are included, certificates, and what the site answers. Ends with 6 when something is wrong.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  protected override async perform(): Promise<Status> {
    const { site } = this;
    const section = await site.section(nginxSection);
    const { nginxStatus } = await import('../../state/status.ts');
    const options = {
      bin: section.bin,
      conf: site.below(section.conf),
      serverName: section.serverName,
      asked: askedPath(section.location, site.backend.health),
    };
    const status = await this.runTask({
      title: 'Look at nginx',
      run: (progress) => nginxStatus(options, progress.signal),
    });
    const [worst] = [...status.findings].sort((a, b) =>
      a.state === b.state ? 0 : a.state === 'critical' ? -1 : 1,
    );
    const isStale = status.findings.some(({ kind }) => kind === 'unread');
    if (worst !== undefined)
      this.unhealthy('E_NGINX_UNHEALTHY', worst.message, [
        ...(status.running ? [] : ['Start it: sudo systemctl start nginx']),
        ...(isStale
          ? [
              'Test it, then let nginx read it: om-ops nginx validate && sudo systemctl reload nginx',
            ]
          : []),
      ]);
    return status;
  }

  protected override text(result: Status): string {
    return statusText(result);
  }
}
