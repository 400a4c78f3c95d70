import type { AttentionItem, Summary, SummaryPanel } from './summary.ts';

const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

function counted(count: number): string {
  return words[count] ?? String(count);
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const things = (count: number): string => `${counted(count)} ${count === 1 ? 'thing' : 'things'}`;

/** The page's heading: what is so, in one sentence without a full stop. */
export function verdictOf(
  panels: readonly SummaryPanel[],
  attention: readonly AttentionItem[],
): string {
  const seen = panels.filter(({ state }) => state !== 'off');
  if (seen.length === 0) return 'Nothing of this site could be seen';
  const of = (level: AttentionItem['level']) =>
    attention.filter((item) => item.level === level).length;
  const [critical, unknown, warning] = [of('critical'), of('unknown'), of('warning')];
  const more = unknown + warning;
  if (critical > 0) {
    const head = `${capital(things(critical))} ${critical === 1 ? 'is' : 'are'} critical`;
    return more === 0 ? head : `${head}, and ${counted(more)} more ${needs(more)} you`;
  }
  const head = isRunning(seen) ? 'Running' : 'Nothing is critical';
  if (unknown === 0)
    return warning === 0
      ? `${head}, and nothing needs you`
      : `${head}, and ${things(warning)} ${needs(warning)} you`;
  const blind = `${things(unknown)} could not be seen`;
  return warning === 0
    ? `${head === 'Running' ? 'Running as far as can be seen' : 'Nothing critical was seen'}, and ${blind}`
    : `${capital(things(warning))} ${needs(warning)} you, and ${blind}`;
}

function needs(count: number): string {
  return count === 1 ? 'needs' : 'need';
}

/** Whether a part says that something of the site is up; a site that nobody runs is not said to be running. */
function isRunning(panels: readonly SummaryPanel[]): boolean {
  return panels.some(
    ({ state, metrics }) =>
      (state === 'healthy' || state === 'warning') &&
      metrics.some(({ key, value }) => key === 'uptime' && value !== null && value > 0),
  );
}

/** `7 of 10 parts are healthy, 2 warn, 1 is unknown. Nothing is critical.` */
export function countsText(counts: Summary['counts']): string {
  const { healthy, warning, critical, unknown } = counts;
  const total = healthy + warning + critical + unknown;
  if (total === 0) return 'No part of the site was read.';
  const head =
    healthy === total
      ? total === 1
        ? 'The one part is healthy'
        : `All ${total} parts are healthy`
      : `${healthy} of ${total} parts are healthy`;
  const rest = [
    ...(critical > 0 ? [`${critical} critical`] : []),
    ...(warning > 0 ? [`${warning} ${warning === 1 ? 'warns' : 'warn'}`] : []),
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
  ];
  return `${[head, ...rest].join(', ')}.${critical === 0 && unknown === 0 && warning > 0 ? ' Nothing is critical.' : ''}`;
}
