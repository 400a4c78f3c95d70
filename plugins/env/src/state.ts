import type { Check, CheckAnswer, Panel, PanelContext, Site, State } from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import { type CheckResult, checkEnvFiles } from './check.ts';
import { envSection } from './site.ts';

async function look(site: Site, signal: AbortSignal): Promise<CheckResult> {
  return checkEnvFiles(site, await site.section(envSection), { signal });
}

function stateOf({ files, counts }: CheckResult): State {
  if (counts.critical > 0) return 'critical';
  if (counts.warning > 0) return files.length === 0 ? 'off' : 'warning';
  return counts.unknown > 0 ? 'unknown' : 'healthy';
}

export async function envPanel({ site, signal }: PanelContext): Promise<Panel> {
  const result = await look(site, signal);
  const { files, findings, counts } = result;
  return {
    title: 'Env files',
    state: stateOf(result),
    metrics: [
      {
        key: 'critical',
        label: 'Critical',
        value: counts.critical,
        unit: 'count',
        welcome: 'down',
      },
      {
        key: 'warning',
        label: 'To be looked at',
        value: counts.warning,
        unit: 'count',
        welcome: 'down',
      },
    ],
    facts: [
      {
        label: 'Files',
        value: files.length === 0 ? 'none' : files.map(({ path }) => path).join(', '),
      },
    ],
    notes: findings
      .filter(({ level }) => level === 'critical' || level === 'unknown')
      .slice(0, 3)
      .map(({ text, file }) => (file === null ? text : `${file}: ${text}`)),
  };
}

export function envChecks(site: Site): Check[] {
  return [
    {
      key: 'files',
      title: 'Env files',
      everyMs: 60 * 60_000,
      samples: 1,
      command: 'om-ops env check',
      async run(signal): Promise<CheckAnswer> {
        const result = await look(site, signal);
        const { critical, warning } = result.counts;
        const worst = result.findings[0];
        return {
          state: stateOf(result),
          message:
            critical + warning === 0
              ? result.counts.unknown === 0
                ? 'Nothing is wrong with them.'
                : 'Some of it could not be looked at.'
              : `${plural(critical + warning, 'finding')}; ${worst?.text ?? ''}`,
          metrics: [
            {
              key: 'findings',
              label: 'Findings',
              value: critical + warning,
              unit: 'count',
              welcome: 'down',
            },
          ],
        };
      },
    },
  ];
}
