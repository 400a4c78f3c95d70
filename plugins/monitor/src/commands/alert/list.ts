import { Flags, parseSince } from '@om-ops/kit';
import { formatDuration, plural } from '@om-ops/kit/text';
import { alertLives, wasOpenSince } from '../../alerts/history.ts';
import { keptAlerts } from '../../alerts/kept-alerts.ts';
import { type ListedAlert, listedAlerts } from '../../alerts/open-alerts.ts';
import { keyMatcher } from '../../key-pattern.ts';
import { type AlertRow, alertTable, marksOf, openText } from '../../view/alerts.ts';
import { WatchCommand, type Watched } from '../../watch-command.ts';

interface ListedRow extends Omit<AlertRow, 'marks'> {
  title: string;
  value: number | null;
  /** Of an open one. */
  open: Omit<ListedAlert, 'id' | 'key' | 'level' | 'since' | 'text' | 'title' | 'value'> | null;
}

interface ListResult {
  alerts: ListedRow[];
  /** Open ones, listed or not. */
  counts: { open: number; critical: number; warning: number };
  /** How old what was seen is; null: nobody has watched yet. */
  watched: Watched | null;
}

export default class AlertList extends WatchCommand<typeof AlertList, ListResult> {
  static override summary = 'List the alerts: the open ones, or all there were.';
  static override description =
    'What is open now, the worst first; with --all or --since also what was resolved, newest first. Nothing is probed: it is what the last look saw, and exit 7 says that nobody has looked for long.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --since 7d --level critical',
    '<%= config.bin %> <%= command.id %> --all --key "disk:*" --json',
  ];
  static override flags = {
    open: Flags.boolean({
      summary: 'Only the open ones; so without any other.',
      default: false,
      exclusive: ['all'],
    }),
    all: Flags.boolean({ summary: 'Also those that are resolved.', default: false }),
    level: Flags.option({
      summary: 'Only those that were of this level or worse.',
      options: ['warning', 'critical'] as const,
    })(),
    since: Flags.string({
      summary: 'Those that were open at some time after this: 24h, 7d, 2026-11-22.',
      helpValue: 'T',
    }),
    key: Flags.string({
      summary: 'Only checks of this name; * for any characters.',
      helpValue: 'GLOB',
    }),
  };

  protected override async perform(): Promise<ListResult> {
    const { state } = this.site;
    const { flags } = this;
    const since =
      flags.since === undefined ? null : parseSince(flags.since, new Date(this.clock.wallMs));
    const onBroken = (message: string) => this.incomplete(message);
    const { snapshot } = await keptAlerts(state, onBroken);
    const open = listedAlerts(snapshot.state);
    const isOpenOnly = flags.open || !(flags.all || since !== null);
    const rows = isOpenOnly ? open.map(openRow) : await this.#allRows(open, onBroken);
    const isKey = flags.key === undefined ? () => true : keyMatcher(flags.key);
    const critical = open.filter(({ level }) => level === 'critical').length;
    return {
      alerts: rows.filter(
        (row) =>
          isKey(row.key) &&
          (flags.level !== 'critical' || row.level === 'critical') &&
          (since === null || wasOpenSince(row, since)),
      ),
      counts: { open: open.length, critical, warning: open.length - critical },
      watched: this.lastLook(),
    };
  }

  async #allRows(open: readonly ListedAlert[], onBroken: (message: string) => void) {
    const byId = new Map(open.map((alert) => [alert.id, alert]));
    const lives = await alertLives(this.site.state, onBroken);
    return lives.map(({ id, key, title, level, since, resolvedAt, text, value }): ListedRow => {
      const now = byId.get(id);
      if (now !== undefined) return openRow(now);
      return {
        ...{ id, key, title, level, state: 'resolved', since, resolvedAt, text, value },
        open: null,
      };
    });
  }

  protected override text({ alerts, counts, watched }: ListResult): string {
    const open = [
      ...Array(counts.critical).fill({ level: 'critical' }),
      ...Array(counts.warning).fill({ level: 'warning' }),
    ] as { level: 'warning' | 'critical' }[];
    const age =
      watched === null
        ? 'nobody has watched yet'
        : `seen ${formatDuration(Math.max(0, watched.ageMs))} ago`;
    const head = `${openText(open)}; ${age}.`;
    if (alerts.length === 0) return counts.open > 0 ? `${head} None is as asked for.` : head;
    const rows = alerts.map((row) => ({
      ...row,
      marks: row.open === null ? [] : marksOf({ ...row, ...row.open }),
    }));
    return `${head}\n\n${alertTable(rows)}\n\n${plural(alerts.length, 'alert')}. One of them: om-ops alert show ${alerts[0]?.id}`;
  }
}

function openRow({ id, key, title, level, since, text, value, ...open }: ListedAlert): ListedRow {
  return { id, key, title, level, state: 'firing', since, resolvedAt: null, text, value, open };
}
