import type { CheckAnswer, Metric, Panel, PanelContext, Site, State } from '@om-ops/kit';
import { type Diagnosis, diagnose, pm2Setting } from './app/look.ts';
import { usesPm2 } from './uses-pm2.ts';

/** The backend in PM2, as a card of the summary page. */
export async function pm2Panel({ site, signal }: PanelContext): Promise<Panel> {
  const setting = await pm2Setting(site);
  const found = await diagnose(setting, signal);
  const { status, problems } = found;
  if (!status.exists && !usesPm2(site, setting))
    return { title: 'PM2', state: 'off', metrics: [], facts: [], notes: [] };
  return {
    title: 'PM2',
    state: stateOf(found),
    metrics: metricsOf(found),
    facts: [
      { label: 'App', value: status.app },
      { label: 'Status', value: status.status },
      { label: 'PM2', value: `${status.daemon.version ?? 'not running'}, of ${status.user}` },
    ],
    notes: problems.map(({ message, fix }) => `${message} ${fix}`),
  };
}

/** The same as something to look at again and again. */
export async function checkApp(site: Site, signal: AbortSignal): Promise<CheckAnswer> {
  const setting = await pm2Setting(site);
  const found = await diagnose(setting, signal);
  const { status, problems } = found;
  if (!status.exists && !usesPm2(site, setting))
    return { state: 'off', message: 'PM2 does not run the backend of this site.' };
  const [worst] = problems;
  return {
    state: stateOf(found),
    message: worst?.message ?? `${status.app} is ${status.status} in PM2.`,
    metrics: metricsOf(found),
  };
}

function stateOf({ problems: [worst] }: Diagnosis): State {
  return worst?.state ?? 'healthy';
}

function metricsOf({ status }: Diagnosis): Metric[] {
  const { memoryBytes, cpuPercent, restarts, uptimeMs, pid, exists } = status;
  const running = pid !== null;
  return [
    {
      key: 'memory',
      label: 'Memory',
      value: running ? memoryBytes : null,
      unit: 'bytes',
      welcome: 'down',
    },
    {
      key: 'cpu',
      label: 'CPU',
      value: running ? cpuPercent : null,
      unit: 'percent',
      welcome: 'down',
    },
    {
      key: 'restarts',
      label: 'Restarts',
      value: exists ? restarts : null,
      unit: 'count',
      welcome: 'down',
    },
    { key: 'uptime', label: 'Up for', value: uptimeMs, unit: 'ms', welcome: 'up' },
  ];
}
