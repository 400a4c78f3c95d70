import { Flags } from '@om-ops/kit';
import { formatDuration, formatTable, printableName } from '@om-ops/kit/text';
import { keyMatcher } from '../../key-pattern.ts';
import { readKeptPass } from '../../pass/kept-pass.ts';
import { hysteresis, samplesOf } from '../../rules/samples.ts';
import { msOf } from '../../site/amounts.ts';
import { WatchCommand } from '../../watch-command.ts';

interface ShownRule {
  check: string;
  title: string;
  kind: 'gauge' | 'service' | 'age' | 'event';
  /** So many bad looks in a row raise it. */
  samples: number;
  /** So many good ones in a row, over two minutes at least, end it. */
  goodSamples: number;
  unit: string | null;
  when: 'above' | 'below' | null;
  warning: RuleLevel | null;
  critical: RuleLevel | null;
  /** Where the thresholds come from. */
  source: string;
  /** What it is not told of while that is bad. */
  after: string[];
  runbook: string | null;
}

interface RuleLevel {
  raise: number;
  /** What it has to come back to. */
  leave: number;
}

interface RulesResult {
  rules: ShownRule[];
  /** Milliseconds. */
  reminder: { warning: number; critical: number };
  flap: { cycles: number; within: number; quiet: number };
}

export default class AlertRules extends WatchCommand<typeof AlertRules, RulesResult> {
  static override summary = 'List by which rules each check raises an alert and ends it.';
  static override description =
    'How many bad looks in a row it takes, from which value on, what the value has to come back to, and what a check hangs on. Of the checks of the last look.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --key "disk:*"',
  ];
  static override flags = {
    key: Flags.string({
      summary: 'Only checks of this name; * for any characters.',
      helpValue: 'GLOB',
    }),
  };

  protected override async perform(): Promise<RulesResult> {
    const { alerts } = await this.watch;
    const matches = keyMatcher(this.flags.key ?? '*');
    const kept = readKeptPass(this.site.state);
    if (kept === null)
      this.incomplete(
        'Nobody has looked at this site yet, so its checks are not known: om-ops health check',
      );
    const parents = Object.entries(alerts.after).map(([pattern, keys]) => ({
      of: keyMatcher(pattern),
      keys,
    }));
    const rules = (kept?.pass.checks ?? [])
      .filter(({ id }) => matches(id))
      .map((check): ShownRule => {
        const { id, title, kind, unit, thresholds, source, runbook } = check;
        const samples = samplesOf(check);
        const level = (value: number | null | undefined): RuleLevel | null => {
          if (value === null || value === undefined) return null;
          const back = hysteresis(value, unit);
          return {
            raise: value,
            leave: thresholds?.when === 'below' ? value + back : value - back,
          };
        };
        return {
          ...{ check: id, title, kind, samples, goodSamples: 2 * samples, unit, source, runbook },
          when: thresholds?.when ?? null,
          warning: level(thresholds?.warning),
          critical: level(thresholds?.critical),
          after: [...check.after, ...parents.flatMap(({ of, keys }) => (of(id) ? keys : []))],
        };
      });
    const { reminder, flap } = alerts;
    return {
      rules,
      reminder: { warning: msOf(reminder.warning), critical: msOf(reminder.critical) },
      flap: { cycles: flap.cycles, within: msOf(flap.within), quiet: msOf(flap.quiet) },
    };
  }

  protected override text({ rules, reminder, flap }: RulesResult): string {
    const level = (one: RuleLevel | null) =>
      one === null ? '' : `${rounded(one.raise)} → ${rounded(one.leave)}`;
    const general = [
      `Who has not acknowledged is reminded after ${formatDuration(reminder.critical)} of critical and ${formatDuration(reminder.warning)} of a warning.`,
      `What fires ${flap.cycles} times within ${formatDuration(flap.within)} is told once, then not until ${formatDuration(flap.quiet)} are quiet.`,
      'A level is left after twice as many good looks as raise it, and two minutes.',
    ];
    if (rules.length === 0) return ['No check is as asked for.', ...general].join('\n');
    const table = formatTable<ShownRule>(
      [
        { head: 'CHECK', cell: ({ check }) => printableName(check) },
        { head: 'LOOKS', cell: ({ samples }) => String(samples), align: 'right' },
        { head: 'WARNING', cell: ({ warning }) => level(warning) },
        { head: 'CRITICAL', cell: ({ critical }) => level(critical) },
        {
          head: 'UNIT',
          cell: ({ unit, when }) => [unit ?? '', when === 'below' ? 'below' : ''].join(' ').trim(),
        },
        { head: 'FROM', cell: ({ source }) => printableName(source) },
        { head: 'HANGS ON', cell: ({ after }) => after.map(printableName).join(', ') },
      ],
      rules,
    );
    return [table, '', ...general].join('\n');
  }
}

const rounded = (value: number): string => String(Math.round(value * 100) / 100);
