import type { State } from '@om-ops/kit';
import type { Pass } from '../pass/pass.ts';

const levels: readonly State[] = ['healthy', 'warning', 'critical', 'unknown'];

/** What Prometheus takes from a file or a page: a level of each check, as one of four that is 1, and the numbers. */
export function prometheusText(
  { at, durationMs, score, checks, metrics }: Pass,
  site: string,
): string {
  const known = checks.filter(({ level }) => level !== 'off');
  const of = (labels: Record<string, string>) =>
    `{${Object.entries({ site, ...labels })
      .map(([name, value]) => `${name}="${escaped(value)}"`)
      .join(',')}}`;
  const numbers = new Map(
    [...known.flatMap((one) => one.metrics), ...metrics].map((metric) => [metric.key, metric]),
  );
  const lines = [
    ...head('om_ops_check_level', 'Whether a check is at this level: 1 for one of the four.'),
    ...known.flatMap(({ id, level }) =>
      levels.map(
        (each) => `om_ops_check_level${of({ check: id, level: each })} ${each === level ? 1 : 0}`,
      ),
    ),
    ...head('om_ops_check_seconds', 'How long a check took.'),
    ...known.map(
      ({ id, durationMs: ms }) => `om_ops_check_seconds${of({ check: id })} ${ms / 1000}`,
    ),
    ...head('om_ops_value', 'What was measured, each in its unit.'),
    ...[...numbers.values()].flatMap(({ key, unit, value }) =>
      value === null ? [] : [`om_ops_value${of({ series: key, unit })} ${value}`],
    ),
    ...head('om_ops_pass_timestamp_seconds', 'When the pass ended.'),
    `om_ops_pass_timestamp_seconds${of({})} ${Date.parse(at) / 1000}`,
    ...head('om_ops_pass_seconds', 'How long the pass took.'),
    `om_ops_pass_seconds${of({})} ${durationMs / 1000}`,
    ...(score === null
      ? []
      : [
          ...head('om_ops_integration_score_percent', 'The share of the services that are well.'),
          `om_ops_integration_score_percent${of({})} ${score}`,
        ]),
  ];
  return lines.join('\n');
}

function head(name: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`];
}

export const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
