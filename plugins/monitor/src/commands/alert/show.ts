import { Args, messageOf, type SeriesPoint } from '@om-ops/kit';
import { formatDuration, formatTable, formatTime, printableName } from '@om-ops/kit/text';
import { type AlertLife, alertLives } from '../../alerts/history.ts';
import { keptAlerts } from '../../alerts/kept-alerts.ts';
import { type ListedAlert, listedAlerts } from '../../alerts/open-alerts.ts';
import { messagesOf, type ToldMessage } from '../../alerts/told-messages.ts';
import { matchingOne } from '../../matching-one.ts';
import { readKeptPass } from '../../pass/kept-pass.ts';
import { History } from '../../store/history.ts';
import { factsText, levelText, marksOf } from '../../view/alerts.ts';
import { sparkline } from '../../view/amount.ts';
import { WatchCommand, type Watched } from '../../watch-command.ts';

interface ShownTransition {
  at: string;
  type: string;
  level: string;
  value: number | null;
  text: string;
  by: string | null;
  note: string | null;
  /** Whether it was one to be told of. */
  told: boolean;
}

interface ShowResult extends Omit<AlertLife, 'transitions'> {
  state: 'firing' | 'resolved';
  /** What stands beside an open one. */
  open: ListedAlert | null;
  transitions: ShownTransition[];
  messages: ToldMessage[];
  /** What was measured around it, in equal parts; none for what has no value. */
  samples: SeriesPoint[];
  watched: Watched | null;
}

const aroundMs = 3_600_000;

export default class AlertShow extends WatchCommand<typeof AlertShow, ShowResult> {
  static override summary = 'Show the whole life of an alert.';
  static override description =
    'Each step with its value, who did what, and what became of the messages about it. A check instead of an ID means its newest alert.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> k3f9ab',
    '<%= config.bin %> <%= command.id %> disk:/',
  ];
  static override args = {
    alert: Args.string({ description: 'Its ID, the beginning of it, or a check.', required: true }),
  };

  protected override async perform(): Promise<ShowResult> {
    const onBroken = (message: string) => this.incomplete(message);
    const { snapshot } = await keptAlerts(this.site.state, onBroken);
    const { transitions, ...life } = matchingOne(
      await alertLives(this.site.state, onBroken),
      this.args.alert,
      {
        idOf: ({ id }) => id,
        nameOf: ({ key }) => key,
        code: 'E_NO_ALERT',
        none: ['There was no alert', 'yet.'],
        many: 'alerts',
        see: 'om-ops alert list --all',
      },
    );
    const open = listedAlerts(snapshot.state).find(({ id }) => id === life.id) ?? null;
    const { outbox } = await this.watch;
    return {
      ...life,
      state: open === null ? 'resolved' : 'firing',
      open,
      transitions: transitions.flatMap((entry) =>
        'by' in entry
          ? {
              ...{ at: entry.at, type: entry.type, level: entry.level, value: entry.value },
              ...{ text: entry.text, by: entry.by, note: entry.note, told: entry.line !== null },
            }
          : [],
      ),
      messages: messagesOf(outbox, life.id),
      samples: this.#samples(life),
      watched: open === null ? null : this.lastLook(),
    };
  }

  /** From an hour before to an hour after it. */
  #samples({
    key,
    since,
    resolvedAt,
  }: Pick<AlertLife, 'key' | 'since' | 'resolvedAt'>): SeriesPoint[] {
    const check = readKeptPass(this.site.state)?.pass.checks.find(({ id }) => id === key);
    const name = check?.metrics.find(({ limit }) => limit !== undefined)?.key ?? key;
    const now = this.clock.wallMs;
    const end = resolvedAt === null ? now : Math.min(now, Date.parse(resolvedAt) + aroundMs);
    const range = { since: new Date(Date.parse(since) - aroundMs), until: new Date(end) };
    try {
      const points = new History(this.site.state).series(name, { ...range, points: 48 }) ?? [];
      return points.some(({ mean }) => mean !== null) ? points : [];
    } catch (error) {
      this.operation.warn(messageOf(error));
      return [];
    }
  }

  #course({ samples }: ShowResult): string | null {
    const values = samples.flatMap(({ min, max }) =>
      min === null || max === null ? [] : [min, max],
    );
    if (values.length === 0) return null;
    const line = sparkline(samples.map(({ mean }) => mean));
    return `${line} ${tidy(Math.min(...values))} to ${tidy(Math.max(...values))}, from an hour before`;
  }

  protected override text(result: ShowResult): string {
    const { id, key, title, level, since, resolvedAt, text, open, transitions, messages } = result;
    const lasted =
      Date.parse(resolvedAt ?? new Date(this.clock.wallMs).toISOString()) - Date.parse(since);
    const facts = factsText([
      ['Alert', `${id}, ${key}`],
      ['Check', title],
      [
        'Level',
        `${open === null ? level : levelText(open.level)}${open !== null && open.level !== level ? `, was ${level}` : ''}`,
      ],
      [
        'State',
        open === null
          ? `resolved ${formatTime(resolvedAt ?? since)}`
          : ['firing', ...marksOf(open)].join(', '),
      ],
      [
        'Since',
        `${formatTime(since)}, ${open === null ? 'lasted' : 'for'} ${formatDuration(lasted)}`,
      ],
      ['What', text],
      ['Runbook', open?.runbook ?? null],
      ['Command', open?.command ?? null],
      ['Value', this.#course(result)],
    ]);
    const steps = formatTable(
      [
        { head: 'WHEN', cell: ({ at }) => formatTime(at) },
        { head: 'STEP', cell: ({ type }) => type },
        { head: 'LEVEL', cell: (one) => one.level },
        { head: 'TOLD', cell: ({ told }) => (told ? 'yes' : '') },
        { head: 'BY', cell: ({ by }) => printableName(by ?? '') },
        { head: 'WHAT', cell: (one) => printableName(one.note ?? one.text) },
      ],
      transitions,
    );
    const sent =
      messages.length === 0
        ? 'Nobody was sent a message about it.'
        : formatTable<ToldMessage>(
            [
              { head: 'MESSAGE', cell: ({ id: message }) => message },
              { head: 'CHANNEL', cell: ({ channel }) => channel },
              { head: 'STATE', cell: ({ state }) => state },
              { head: 'TRIES', cell: ({ tries }) => String(tries), align: 'right' },
              {
                head: 'LAST',
                cell: ({ lastTryAt }) => (lastTryAt === null ? '' : formatTime(lastTryAt)),
              },
              { head: 'WHY', cell: ({ error }) => printableName(error ?? '') },
            ],
            messages,
          );
    return [facts, steps, sent].join('\n\n');
  }
}

const tidy = (value: number): number => Math.round(value * 100) / 100;
