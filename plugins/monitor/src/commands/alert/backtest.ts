import { Args, Flags, OpsError, parseSince } from '@om-ops/kit';
import { formatDuration, formatTable, formatTime, plural, printableName } from '@om-ops/kit/text';
import { type Backtest, backtested, type PastAlert } from '../../alerts/backtest.ts';
import { pastSamples } from '../../alerts/past-samples.ts';
import { readKeptPass } from '../../pass/kept-pass.ts';
import type { PassCheck } from '../../pass/pass.ts';
import type { Thresholds } from '../../rules/pass.ts';
import { History } from '../../store/history.ts';
import { levelText } from '../../view/alerts.ts';
import { WatchCommand } from '../../watch-command.ts';

interface BacktestedRule {
  check: string;
  title: string;
  unit: string | null;
  /** As they are now. */
  now: Thresholds;
  /** With those that were given. */
  tried: Thresholds;
  samples: number;
  /** ISO 8601, of the first and last that was measured; null: nothing was. */
  from: string | null;
  to: string | null;
  withNow: Backtest;
  withTried: Backtest;
  /** What the level hangs on beside the value, and is not in the history. */
  leavesOut: string | null;
}

interface BacktestResult {
  since: string;
  rules: BacktestedRule[];
}

const number = Flags.custom<number>({
  parse: async (input) => {
    const value = Number(input);
    if (input.trim() === '' || !Number.isFinite(value))
      throw new OpsError('E_USAGE', `\`${input}\` is no number.`, { exit: 'usage' });
    return value;
  },
});

export default class AlertBacktest extends WatchCommand<typeof AlertBacktest, BacktestResult> {
  static override summary = 'Show what thresholds would have done with the past.';
  static override description =
    'Puts what was measured through the rules, with the thresholds as they are and with those that are given: when alerts would have been raised, for how long, and how many messages that makes. What is older than the samples are kept is told by means of five minutes. Changes nothing.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> cpu --warning 85 --critical 97 --since 30d',
  ];
  static override args = {
    rule: Args.string({
      description: 'A check, as alert rules lists them; all that have thresholds without.',
    }),
  };
  static override flags = {
    warning: number({ summary: 'From which value on it would be a warning.', helpValue: 'N' }),
    critical: number({ summary: 'From which value on it would be critical.', helpValue: 'N' }),
    since: Flags.string({
      summary: 'From when on: 7d, 30d, 2026-11-22.',
      default: '30d',
      helpValue: 'T',
    }),
  };

  protected override async perform(): Promise<BacktestResult> {
    const until = new Date(this.clock.wallMs);
    const since = parseSince(this.flags.since, until);
    const kept = readKeptPass(this.site.state);
    if (kept === null) {
      this.incomplete(
        'Nobody has looked at this site yet, so there is no past: om-ops health check',
      );
      return { since: since.toISOString(), rules: [] };
    }
    const history = new History(this.site.state);
    const watch = await this.watch;
    const rules = { ...(await watch.rules(0)), silencedUntil: () => null, maintenance: false };
    const chosen = this.#chosen(kept.pass.checks);
    return {
      since: since.toISOString(),
      rules: chosen.map((check): BacktestedRule => {
        const { id, title, unit } = check;
        const now = check.thresholds ?? { warning: null, critical: null, when: 'above' };
        const tried = this.#tried(now);
        const series = check.metrics.find(({ limit }) => limit !== undefined)?.key ?? id;
        const past = pastSamples(history, series, { since, until });
        const run = (thresholds: Thresholds) =>
          backtested(past, { check, thresholds, rules, everyMs: kept.pass.everyMs });
        const withNow = run(now);
        const iso = (ms: number | undefined) =>
          ms === undefined ? null : new Date(ms).toISOString();
        return {
          ...{ check: id, title, unit, now, tried, samples: past.length },
          ...{ from: iso(past[0]?.atMs), to: iso(past.at(-1)?.atMs), withNow },
          withTried: tried === now ? withNow : run(tried),
          leavesOut: id.startsWith('disk:')
            ? 'How much room is left is not in it: really it is bad only when that is short too.'
            : null,
        };
      }),
    };
  }

  #chosen(checks: readonly PassCheck[]): PassCheck[] {
    const { rule } = this.args;
    const having = checks.filter(({ thresholds }) => thresholds !== null);
    if (rule === undefined) {
      if (this.flags.warning !== undefined || this.flags.critical !== undefined)
        throw new OpsError('E_USAGE', 'Thresholds are of one check: which?', {
          exit: 'usage',
          suggestions: ['Name it: om-ops alert backtest cpu --warning 85'],
        });
      return having;
    }
    const found = having.filter(({ id }) => id === rule.trim());
    if (found.length > 0) return found;
    const isThere = checks.some(({ id }) => id === rule.trim());
    throw new OpsError(
      'E_NO_RULE',
      isThere
        ? `${printableName(rule)} has no thresholds: it is bad or not.`
        : `There is no check ${printableName(rule)}.`,
      { exit: 'usage', suggestions: ['See which there are: om-ops alert rules'] },
    );
  }

  #tried(now: Thresholds): Thresholds {
    const { warning, critical } = this.flags;
    if (warning === undefined && critical === undefined) return now;
    const tried = { ...now, warning: warning ?? now.warning, critical: critical ?? now.critical };
    const isInOrder =
      tried.warning === null ||
      tried.critical === null ||
      (tried.when === 'above' ? tried.warning <= tried.critical : tried.warning >= tried.critical);
    if (isInOrder) return tried;
    const word = tried.when === 'above' ? 'below' : 'above';
    throw new OpsError(
      'E_USAGE',
      `Critical, ${tried.critical}, is ${word} the warning, ${tried.warning}.`,
      {
        exit: 'usage',
        suggestions: ['Give both: --warning N --critical N'],
      },
    );
  }

  protected override text({ since, rules }: BacktestResult): string {
    if (rules.length === 0) return 'There is no past to try it with.';
    const [only] = rules;
    const head = `Since ${formatTime(since)}:`;
    const table = formatTable<BacktestedRule>(
      [
        { head: 'CHECK', cell: ({ check }) => printableName(check) },
        { head: 'SAMPLES', cell: ({ samples }) => String(samples), align: 'right' },
        { head: 'THRESHOLDS', cell: ({ now }) => limits(now) },
        { head: 'ALERTS', cell: ({ withNow }) => amount(withNow) },
        ...(rules.some(({ now, tried }) => now !== tried)
          ? [
              { head: 'TRIED', cell: ({ tried }: BacktestedRule) => limits(tried) },
              { head: 'ALERTS THEN', cell: ({ withTried }: BacktestedRule) => amount(withTried) },
            ]
          : []),
      ],
      rules,
    );
    if (rules.length > 1 || only === undefined) return `${head}\n\n${table}`;
    const alerts =
      only.withTried.alerts.length === 0
        ? 'No alert would have been raised.'
        : formatTable<PastAlert>(
            [
              { head: 'SINCE', cell: (one) => formatTime(one.since) },
              { head: 'LEVEL', cell: ({ level }) => levelText(level) },
              {
                head: 'LASTED',
                cell: ({ seconds, resolvedAt }) =>
                  `${formatDuration(seconds * 1000)}${resolvedAt === null ? ', open' : ''}`,
              },
              { head: 'MESSAGES', cell: ({ messages }) => String(messages), align: 'right' },
            ],
            only.withTried.alerts,
          );
    return [head, table, alerts, ...(only.leavesOut === null ? [] : [only.leavesOut])].join('\n\n');
  }
}

function limits({ warning, critical, when }: Thresholds): string {
  return `${when} ${warning ?? '–'} / ${critical ?? '–'}`;
}

/** `3 in 2 h 5 min, 6 messages`. */
function amount({ alerts, messages, seconds }: Backtest): string {
  if (alerts.length === 0) return 'none';
  return `${alerts.length} in ${formatDuration(seconds * 1000)}, ${plural(messages, 'message')}`;
}
