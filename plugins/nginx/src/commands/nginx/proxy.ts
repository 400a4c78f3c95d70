import { Flags, OpsCommand } from '@om-ops/kit';
import type { ProxyResult } from '../../proxy.ts';
import { nginxSection } from '../../site.ts';
import { proxyText } from '../../view/proxy.ts';

export default class NginxProxy extends OpsCommand<typeof NginxProxy, ProxyResult> {
  static override summary = 'Show which location answers a path, and what it really does.';
  static override description =
    'Reads the configuration with everything it includes, as nginx does, and says for each address of the site which location wins, where it sends requests, and which timeouts, sizes and headers hold there, inherited ones too, each with the file and line it comes from. Without --path all locations that proxy.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --path /api/admin/users',
  ];
  static override flags = {
    path: Flags.string({ summary: 'The path a browser asks for.', helpValue: '/api/x' }),
  };

  protected override async perform(): Promise<ProxyResult> {
    const section = await this.site.section(nginxSection);
    const { proxyOf } = await import('../../proxy.ts');
    const result = proxyOf(this.site.below(section.conf), {
      serverName: section.serverName,
      path: this.flags.path,
    });
    for (const warning of result.warnings) this.operation.warn(warning);
    if (result.routes.length === 0)
      this.unhealthy(
        'E_NO_PROXY',
        `No location for ${section.serverName} hands requests to a backend.`,
        ['Show what would have to be there: om-ops nginx baseline'],
      );
    const { redactor } = this.operation;
    const clean = (text: string) => redactor.foreign(text);
    return {
      ...result,
      routes: result.routes.map((route) => ({
        ...route,
        headers: route.headers.map((one) => ({
          ...one,
          value: hidden(one.name, one.value, clean),
        })),
        notes: route.notes.map(clean),
      })),
    };
  }

  protected override text(result: ProxyResult): string {
    return proxyText(result);
  }
}

/** A header's name tells that its value is a secret. */
function hidden(name: string, value: string, clean: (text: string) => string): string {
  const prefix = `${name}: `;
  const text = clean(prefix + value);
  return text.startsWith(prefix) ? text.slice(prefix.length) : clean(value);
}
