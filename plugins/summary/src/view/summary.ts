import type { State } from '@om-ops/kit';
import { formatTable, formatTime, printable, styleFor } from '@om-ops/kit/text';
import { rankOf } from '../level.ts';
import type { AttentionItem, Summary, SummaryPanel } from '../summary.ts';
import { countsText } from '../verdict.ts';

type Style = ReturnType<typeof styleFor>;

const shownChanges = 12;

export function summaryText(summary: Summary): string {
  const style = styleFor(process.stdout);
  const { at, verdict, counts, attention, panels, watch } = summary;
  const parts = [
    `${style.bold(`${verdict}.`)}\n${countsText(counts)}`,
    ...attention.map((item) => attentionText(item, at, style)),
    ...(panels.length > 0 ? [panelTable(panels, style)] : []),
    ...changesText(summary),
    ...(watch === null
      ? [
          'Nothing watches this site: this is one moment. Let it be checked every minute: om-ops schedule install\nOr keep this running: om-ops health watch',
        ]
      : []),
  ];
  return parts.join('\n\n');
}

function attentionText(item: AttentionItem, at: string, style: Style): string {
  const { level, text, details, since, command, runbook, alert, acknowledged } = item;
  const lines = [
    ...details.map(printable),
    ...(acknowledged === null ? [] : [`Acknowledged by ${acknowledged.by}.`]),
    ...(since === null || since === at ? [] : [`Since ${formatTime(since)}.`]),
    ...(command === null ? [] : [style.bold(command)]),
    ...(runbook === null ? [] : [`om-ops runbook show ${runbook}`]),
    ...(alert === null ? [] : [`Alert ${alert}`]),
  ];
  return [
    `${levelText(level, style)}  ${printable(text)}`,
    ...lines.map((line) => `  ${line}`),
  ].join('\n');
}

function levelText(state: State, style: Style): string {
  if (state === 'critical') return style.red(state);
  if (state === 'warning' || state === 'unknown') return style.yellow(state);
  return state === 'healthy' ? style.green(state) : style.dim(state);
}

const shownFacts = 3;

function panelTable(panels: readonly SummaryPanel[], style: Style): string {
  const rows = panels
    .filter(({ state }) => state !== 'off')
    .sort((one, other) => rankOf(one.state) - rankOf(other.state));
  const off = panels.filter(({ state }) => state === 'off');
  const table = formatTable<SummaryPanel>(
    [
      { head: 'Part', cell: ({ title }) => title },
      { head: 'State', cell: ({ state }) => levelText(state, style) },
      {
        head: '',
        cell: ({ facts }) =>
          facts
            .slice(0, shownFacts)
            .map(({ label, value }) => `${label}: ${value}`)
            .join(' · '),
      },
    ],
    rows,
  );
  const unused = `Not used here: ${off.map(({ title }) => title).join(', ')}.`;
  return [...(rows.length > 0 ? [table] : []), ...(off.length > 0 ? [unused] : [])].join('\n');
}

function changesText({ changes, against }: Summary): string[] {
  if (against === null)
    return ['This is the first run: what changes is told from the next one on.'];
  if (changes.length === 0) return [`Nothing changed since run ${against.run}.`];
  const lines = changes
    .slice(0, shownChanges)
    .map(({ mark, text }) => `  ${mark}  ${printable(text)}`);
  const more = changes.length - shownChanges;
  return [
    [
      `Since run ${against.run}:`,
      ...lines,
      ...(more > 0 ? [`  and ${more} more, in the page`] : []),
    ].join('\n'),
  ];
}
