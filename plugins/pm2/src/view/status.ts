import { formatBytes, formatDuration, formatFacts, formatTable } from '@om-ops/kit/text';
import type { Problem } from '../app/problems.ts';
import type { AppInstance, AppStatus } from '../app/status.ts';

export function statusText(
  status: AppStatus & { saved: boolean | null; boot: string | null; problems: readonly Problem[] },
): string {
  const parts = [formatFacts(facts(status))];
  if (status.instances.length > 1) parts.push(instancesTable(status));
  if (status.problems.length > 1)
    parts.push(status.problems.map(({ message }) => `- ${message}`).join('\n'));
  return parts.join('\n\n');
}

function facts(
  status: AppStatus & { saved: boolean | null; boot: string | null },
): [string, string][] {
  const { app, exists, daemon, user, home } = status;
  const pm2: [string, string] = [
    'PM2',
    `${daemon.running ? (daemon.version ?? 'version unknown') : 'not running'}, of ${user}, ${home}`,
  ];
  if (!exists) return [['App', app], ['Status', status.status], pm2];
  return [
    ['App', app],
    ['Status', status.status],
    ['Pid', status.pid === null ? '–' : String(status.pid)],
    ['Up', status.uptimeMs === null ? '–' : formatDuration(status.uptimeMs)],
    ['Restarts', String(status.restarts)],
    ['Memory', status.pid === null ? '–' : formatBytes(status.memoryBytes)],
    ['CPU', status.pid === null ? '–' : `${status.cpuPercent}%`],
    ['Node', status.instances[0]?.node ?? 'unknown'],
    pm2,
    ['At boot', atBoot(status)],
  ];
}

function atBoot({ saved, boot }: { saved: boolean | null; boot: string | null }): string {
  const by =
    boot === null ? 'nothing starts PM2' : boot === 'elsewhere' ? 'started elsewhere' : boot;
  const kept = saved === null ? 'unknown whether saved' : saved ? 'saved' : 'not saved';
  return `${kept}, ${by}`;
}

function instancesTable({ instances }: AppStatus): string {
  return formatTable<AppInstance>(
    [
      { head: 'Id', cell: ({ id }) => String(id), align: 'right' },
      { head: 'Status', cell: ({ status }) => status },
      { head: 'Pid', cell: ({ pid }) => (pid === null ? '–' : String(pid)), align: 'right' },
      {
        head: 'Up',
        cell: ({ uptimeMs }) => (uptimeMs === null ? '–' : formatDuration(uptimeMs)),
      },
      { head: 'Restarts', cell: ({ restarts }) => String(restarts), align: 'right' },
      { head: 'Memory', cell: ({ memoryBytes }) => formatBytes(memoryBytes), align: 'right' },
    ],
    instances,
  );
}
