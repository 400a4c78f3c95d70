import { Args, OpsCommand } from '@om-ops/kit';
import { isUnclear, isUnwell, type ServiceHealth, serviceStatuses } from '../../look/status.ts';
import { chosen, siteServices } from '../../site-services.ts';
import { statusText } from '../../view/status.ts';

interface StatusResult {
  services: ServiceHealth[];
}

export default class ServiceStatus extends OpsCommand<typeof ServiceStatus, StatusResult> {
  static override summary = 'Show how the services of the site are doing.';
  static override description =
    'Units of systemd, apps in PM2, services of Docker Compose and plain processes in one table. What is young or on its way is looked at twice: one that crashes again and again is active in between. Ends with 6 when one that is wanted does not run, does not stay or does not answer, with 7 when one could not be seen.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> backend celery --json',
  ];
  static override args = {
    names: Args.string({
      multiple: true,
      description: 'Services of the profile. Default: all of them.',
    }),
  };

  protected override async perform(): Promise<StatusResult> {
    const { signal } = this.operation;
    const { all, managers } = await siteServices(this.site, this.abilities, signal);
    const { names = [] } = this.args;
    const services = await serviceStatuses(
      names.length === 0 ? all : chosen(all, names),
      managers,
      signal,
    );
    const unclear = services.filter(isUnclear);
    for (const { name, problem, ready, detail } of unclear)
      this.incomplete(`How ${name} is doing is not clear: ${problem ?? ready?.detail ?? detail}`);
    const unwell = services.filter(isUnwell);
    const [first] = unwell;
    if (first !== undefined) {
      const { name, problem = `it is ${first.state}.` } = first;
      const others = unwell.slice(1).map((one) => one.name);
      this.unhealthy(
        'E_SERVICE_UNHEALTHY',
        `${name}: ${problem}${others.length === 0 ? '' : ` Also not well: ${others.join(', ')}.`}`,
        unwell.map((one) => `See every cause that can be found: om-ops service why ${one.name}`),
      );
    }
    return { services };
  }

  protected override text({ services }: StatusResult): string {
    return statusText(services);
  }
}
