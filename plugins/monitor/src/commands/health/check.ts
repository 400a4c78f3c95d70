import { Args, Flags, messageOf, OpsCommand, OpsError, wholeNumber } from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import { limitOf } from '../../limit.ts';
import { Keeper } from '../../pass/keep.ts';
import { type Looked, look } from '../../pass/look.ts';
import type { Pass } from '../../pass/pass.ts';
import { thisMachine } from '../../readers/machine.ts';
import { checkText } from '../../view/check.ts';
import { nagiosCode, nagiosText, plain } from '../../view/nagios.ts';
import { prometheusText } from '../../view/prometheus.ts';

interface CheckResult
  extends Omit<
    Pass,
    'at' | 'durationMs' | 'gapSeconds' | 'bootId' | 'uptimeSeconds' | 'everyMs' | 'whole'
  > {
  pass: Pick<
    Pass,
    'at' | 'durationMs' | 'gapSeconds' | 'bootId' | 'uptimeSeconds' | 'everyMs' | 'whole'
  >;
  /** Whether it went into history. */
  recorded: boolean;
}

export default class HealthCheck extends OpsCommand<typeof HealthCheck, CheckResult> {
  static override summary =
    'Look at everything once: the machine, the site, what every plugin knows.';
  static override description =
    'Runs all checks at the same time, each with its own limit, keeps what was found, and says what is not well. A check that could not be tried is unknown, and never healthy. Exit 0 when nothing is worse than a warning, 6 when something is critical, 7 when something is unknown. With --format nagios: 0, 1, 2 and 3, as Nagios and its relatives read them.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> disk nginx.certificate --no-record',
    '<%= config.bin %> <%= command.id %> --format nagios --timeout 5s',
  ];
  // A pass that changes nothing writes no line: every minute one, they would be all that is in the log.
  static override record = 'none' as const;
  static override args = {
    check: Args.string({
      description:
        'Which ones: an id, the part before its colon or dot, a tag, or with * for any characters; all without.',
      multiple: true,
    }),
  };
  static override flags = {
    deep: Flags.boolean({
      summary: 'Look anew also at what is looked at rarely.',
      default: false,
    }),
    'fail-on': Flags.string({
      summary: 'From which level on the exit code is 6.',
      options: ['warning', 'critical'],
      default: 'critical',
    }),
    record: Flags.boolean({
      summary: 'Keep what was found; --no-record looks only.',
      default: true,
      allowNo: true,
    }),
    tag: Flags.string({ summary: 'Only checks with this tag.', multiple: true, helpValue: 'T' }),
    format: Flags.string({
      summary: 'How it is printed.',
      options: ['text', 'nagios', 'prometheus'],
      default: 'text',
    }),
    confirm: wholeNumber({
      summary: 'How often a bad check is tried before it counts as bad, within its limit of time.',
      default: 1,
      min: 1,
      max: 10,
      helpValue: 'N',
    }),
    timeout: Flags.string({
      summary: 'No check may take longer; default: each its own limit, mostly 10 s.',
      helpValue: '10s',
    }),
    every: Flags.string({
      summary:
        'When the next look comes, for those who run it again and again: what was seen is unknown three times as long after.',
      helpValue: '30m',
    }),
  };

  protected override async perform(): Promise<CheckResult> {
    const { flags, site, operation } = this;
    if (this.jsonEnabled() && flags.format !== 'text')
      throw new OpsError(
        'E_USAGE',
        `--json and --format ${flags.format} are two forms of one result.`,
        {
          exit: 'usage',
          suggestions: ['Leave one of them out.'],
        },
      );
    const mostMs = flags.timeout === undefined ? undefined : limitOf(flags.timeout);
    const everyMs = flags.every === undefined ? undefined : limitOf(flags.every);
    const ofPlugins = await this.abilities.checks();
    const looked = await this.runTask({
      title: 'Look',
      run: ({ signal }) =>
        look({
          site,
          machine: thisMachine(),
          ofPlugins,
          names: this.args.check ?? [],
          tags: flags.tag ?? [],
          confirm: flags.confirm,
          isDeep: flags.deep,
          timeoutMs: 10_000,
          ...(mostMs === undefined ? {} : { mostMs }),
          ...(everyMs === undefined ? {} : { everyMs }),
          redact: (text) => operation.redactor.foreign(text),
          signal,
        }),
    });
    const { pass } = looked;
    const recorded = flags.record && (await this.#keep(looked));
    this.#judge(pass, flags['fail-on'] === 'warning');
    const {
      at,
      durationMs,
      gapSeconds,
      bootId,
      uptimeSeconds,
      everyMs: every,
      whole,
      ...found
    } = pass;
    return {
      ...found,
      pass: { at, durationMs, gapSeconds, bootId, uptimeSeconds, everyMs: every, whole },
      recorded,
    };
  }

  /** What cannot be kept was seen all the same. */
  async #keep(looked: Looked): Promise<boolean> {
    const { site, operation } = this;
    using keeper = await Keeper.open({
      site,
      redactor: operation.redactor,
      command: 'om-ops health check',
      warn: (message) => operation.warn(message),
      lost: (message) => this.incomplete(message),
      signal: operation.signal,
    });
    const { isKept, transitions } = await keeper.keep(looked);
    // A look that changes nothing writes no line.
    if (transitions.length > 0) operation.record = 'log';
    for (const { type, key } of transitions) operation.touch(`${type} ${key}`);
    return isKept;
  }

  #judge({ level, counts, checks }: Pass, failsOnWarning: boolean): void {
    const bad = counts.critical + (failsOnWarning ? counts.warning : 0);
    if (bad > 0) {
      const worst = checks.filter(
        (one) => one.level === (counts.critical > 0 ? 'critical' : 'warning'),
      );
      this.unhealthy(
        'E_UNHEALTHY',
        `${plural(bad, 'check is', 'checks are')} ${counts.critical === 0 ? 'at a warning' : failsOnWarning && counts.warning > 0 ? 'at a warning or critical' : 'critical'}: ${worst.map(({ id }) => id).join(', ')}.`,
        ['See what a check is about: om-ops health explain CHECK'],
      );
    } else if (level === 'unknown')
      this.incomplete(
        `${plural(counts.unknown, 'check')} could not be told: ${checks
          .filter((one) => one.level === 'unknown')
          .map(({ id }) => id)
          .join(', ')}.`,
      );
  }

  override async run(): Promise<CheckResult> {
    const result = await super.run();
    if (this.flags.format === 'nagios') process.exitCode = nagiosCode(result.level);
    return result;
  }

  /** Whoever reads it as Nagios does must not take "wrong use" for "critical". */
  override async catch(thrown: Error & { oclif?: { exit?: number } }): Promise<void> {
    const wanted = this.argv.join(' ');
    if (!/--format[= ]nagios(?: |$)/.test(wanted)) return super.catch(thrown);
    try {
      await super.catch(thrown);
    } catch (marked) {
      const error = marked as Error & { oclif?: { exit?: number } };
      if (error.oclif !== undefined && error.oclif.exit !== 130) {
        process.stdout.write(
          `OM-OPS UNKNOWN - ${plain(this.operation.redactor.text(messageOf(error)))}\n`,
        );
        error.oclif.exit = 3;
        process.exitCode = 3;
      }
      throw error;
    }
  }

  protected override text({ pass, recorded: _recorded, ...found }: CheckResult): string {
    const whole: Pass = { ...pass, ...found };
    switch (this.flags.format) {
      case 'nagios':
        return nagiosText(whole);
      case 'prometheus':
        return prometheusText(whole, this.site.site);
      default:
        return checkText(whole);
    }
  }
}
