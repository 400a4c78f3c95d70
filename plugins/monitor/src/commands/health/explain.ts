import { Args, OpsCommand, type State } from '@om-ops/kit';
import { isNamed } from '../../named.ts';
import { type Explanation, explanationOf } from '../../pass/explain.ts';
import { readKeptPass } from '../../pass/kept-pass.ts';
import { unseenIntegration, watchedChecks } from '../../pass/look.ts';
import { noCheck } from '../../pass/select.ts';
import { thisMachine } from '../../readers/machine.ts';
import { explainText } from '../../view/explain.ts';

export default class HealthExplain extends OpsCommand<typeof HealthExplain, Explanation> {
  static override summary = 'Explain a check: what is read where, and how it comes to its level.';
  static override description =
    'Looks once more, keeps nothing, and shows the arithmetic with the numbers of now, the last 20 values, and what would change the level. Exit 6 when it is critical, 7 when it is unknown.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> memory',
    '<%= config.bin %> <%= command.id %> disk:/ --json',
  ];
  static override record = 'none' as const;
  static override args = {
    check: Args.string({ description: 'Its id, as `health list` has it.', required: true }),
  };

  protected override async perform(): Promise<Explanation> {
    const { site, operation } = this;
    const { check } = this.args;
    const kept = readKeptPass(site.state);
    const checks = [
      ...(await watchedChecks({
        site,
        machine: thisMachine(),
        ofPlugins: await this.abilities.checks(),
        readings: kept?.readings ?? [],
      })),
      await unseenIntegration(site),
    ];
    const found =
      checks.find(({ id }) => id === check) ?? checks.find(({ id }) => isNamed(id, check));
    if (found === undefined) throw noCheck(check, checks);
    const explanation = await this.runTask({
      title: `Look at ${found.id}`,
      run: ({ signal }) =>
        explanationOf(found, {
          state: site.state,
          last: kept?.pass ?? null,
          redact: (text) => operation.redactor.foreign(text),
          signal,
        }),
    });
    this.#judge(explanation.level, explanation.text);
    return explanation;
  }

  #judge(level: State, text: string): void {
    if (level === 'critical') this.unhealthy('E_UNHEALTHY', text);
    else if (level === 'unknown') this.incomplete(text);
  }

  protected override text(result: Explanation): string {
    return explainText(result);
  }
}
