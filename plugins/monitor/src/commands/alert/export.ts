import { Flags, parseSince } from '@om-ops/kit';
import { alertLives, wasOpenSince } from '../../alerts/history.ts';
import { keptAlerts } from '../../alerts/kept-alerts.ts';
import { WatchCommand } from '../../watch-command.ts';

interface ExportedAlert {
  id: string;
  key: string;
  title: string;
  level: 'warning' | 'critical';
  state: 'firing' | 'resolved';
  since: string;
  resolvedAt: string | null;
  /** Null while it is open. */
  seconds: number | null;
  value: number | null;
  text: string;
  acknowledgedBy: string | null;
  acknowledgedAt: string | null;
  /** How many messages were to be sent of it. */
  told: number;
}

interface ExportResult {
  format: 'csv' | 'json';
  alerts: ExportedAlert[];
}

const columns = [
  ...['id', 'key', 'title', 'level', 'state', 'since', 'resolvedAt', 'seconds', 'value', 'text'],
  ...['acknowledgedBy', 'acknowledgedAt', 'told'],
] as (keyof ExportedAlert)[];

export default class AlertExport extends WatchCommand<typeof AlertExport, ExportResult> {
  static override summary = 'Write all alerts as CSV or JSON to stdout.';
  static override description =
    'The oldest first, each in one row with how long it lasted and who took it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --format csv --since 30d > alerts.csv',
    '<%= config.bin %> <%= command.id %> --format json',
  ];
  static override flags = {
    format: Flags.option({ summary: 'How.', options: ['csv', 'json'] as const, required: true })(),
    since: Flags.string({
      summary: 'Only those that were open at some time after this: 24h, 30d, 2026-11-22.',
      helpValue: 'T',
    }),
  };

  protected override async perform(): Promise<ExportResult> {
    const { format, since } = this.flags;
    const from = since === undefined ? new Date(0) : parseSince(since, new Date(this.clock.wallMs));
    const onBroken = (message: string) => this.incomplete(message);
    const { snapshot } = await keptAlerts(this.site.state, onBroken);
    const open = new Set(
      Object.values(snapshot.state.keys).flatMap(({ alert }) =>
        alert?.phase === 'firing' ? [alert.id] : [],
      ),
    );
    const lives = await alertLives(this.site.state, onBroken);
    const alerts = lives
      .filter((life) => wasOpenSince(life, from))
      .reverse()
      .map(({ transitions, resolvedAt, ...life }): ExportedAlert => {
        const taken = transitions.findLast(({ type }) => type === 'acknowledged');
        const isOpen = open.has(life.id);
        return {
          ...life,
          state: isOpen ? 'firing' : 'resolved',
          resolvedAt,
          seconds:
            resolvedAt === null || isOpen
              ? null
              : Math.round((Date.parse(resolvedAt) - Date.parse(life.since)) / 1000),
          acknowledgedBy: taken !== undefined && 'by' in taken ? taken.by : null,
          acknowledgedAt: taken?.at ?? null,
          told: transitions.filter(({ line }) => line !== null).length,
        };
      });
    return { format, alerts };
  }

  protected override text({ format, alerts }: ExportResult): string {
    if (format === 'json') return JSON.stringify(alerts, null, 2);
    const rows = alerts.map((alert) => columns.map((column) => csvCell(alert[column])).join(','));
    return [columns.join(','), ...rows].join('\r\n');
  }
}

/** A text that a spreadsheet would take for a formula is none. */
function csvCell(value: string | number | null): string {
  if (value === null || typeof value === 'number') return String(value ?? '');
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
