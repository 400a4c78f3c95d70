import { Args, OpsCommand } from '@om-ops/kit';
import { chosenOne, siteServices } from '../../site-services.ts';
import { whyText } from '../../view/why.ts';
import { findCauses, type Why } from '../../why/find.ts';

export default class ServiceWhy extends OpsCommand<typeof ServiceWhy, Why> {
  static override summary = 'Find out why a service does not start, stay or answer.';
  static override description =
    'All that can be found, each with what speaks for it and a command that helps: what its manager says (not loaded, exit status, start limit, ended for want of memory), missing paths, programs that its user may not start, full disks, keys missing in its env file, who holds its port, what it needs and does not run, and what it has said itself. Changes nothing. Ends with 6 when it is not well.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> backend',
    '<%= config.bin %> <%= command.id %> celery --json',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'A service of the profile.' }),
  };

  protected override async perform(): Promise<Why> {
    const { signal, redactor } = this.operation;
    const { all, managers } = await siteServices(this.site, this.abilities, signal);
    const service = chosenOne(all, this.args.name);
    const why = await this.runTask({
      title: `Look at ${service.name}`,
      run: (progress) =>
        findCauses({
          service,
          all,
          managers,
          site: this.site,
          redact: redactor,
          signal: progress.signal,
        }),
    });
    const [first] = why.causes;
    if (!why.isWell) {
      const found =
        first === undefined
          ? `${service.name} is ${why.status.state}, and nothing was found that says why.`
          : `${service.name} is ${why.status.state}: ${first.message}`;
      const commands = why.causes.flatMap(({ command }) => command ?? []);
      this.unhealthy(
        'E_SERVICE_UNHEALTHY',
        found,
        first === undefined
          ? [`See what it printed: om-ops service logs ${service.name}`]
          : [...new Set(commands)].slice(0, 4),
      );
    }
    return why;
  }

  protected override text(why: Why): string {
    return whyText(why);
  }
}
