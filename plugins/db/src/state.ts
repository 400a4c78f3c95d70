import {
  type Check,
  type CheckAnswer,
  isOpsError,
  type Metric,
  type Panel,
  type PanelContext,
  type Site,
  type State,
} from '@om-ops/kit';
import { databaseSection } from '@om-ops/kit/site';
import { type Finding, sorted } from './finding.ts';
import { openServer } from './server/open.ts';
import { targetOf } from './server/target.ts';
import { dbSection } from './site.ts';
import { type Status, status } from './topics/status.ts';

/** Whether this site says that it has one: nobody is told of a server that nobody spoke of. */
async function hasServer(site: Site): Promise<boolean> {
  const { engine } = await site.section(databaseSection);
  if (engine !== 'mysql' && engine !== 'postgres') return false;
  try {
    await targetOf(site, undefined);
    return true;
  } catch (error) {
    if (isOpsError(error) && error.code === 'E_DATABASE_UNNAMED') return false;
    throw error;
  }
}

async function looked(
  site: Site,
  signal: AbortSignal,
): Promise<{ status: Status; findings: Finding[] }> {
  const server = await openServer(await targetOf(site, undefined), { signal, statementMs: 3000 });
  try {
    const findings: Finding[] = [];
    const found = await status({
      server,
      section: await site.section(dbSection),
      findings,
      redact: () => '',
    });
    return { status: found, findings: sorted(findings) };
  } finally {
    await server.close();
  }
}

function stateOf(findings: readonly Finding[]): State {
  const worst = findings.find(({ level }) => level !== 'info')?.level;
  return worst === undefined ? 'healthy' : (worst as State);
}

function metrics({ connections, sizeBytes }: Status): Metric[] {
  return [
    { key: 'connections', label: 'Connections', value: connections.used, unit: 'count' },
    { key: 'size', label: 'Size', value: sizeBytes, unit: 'bytes' },
  ];
}

export async function dbPanel({ site, signal }: PanelContext): Promise<Panel> {
  if (!(await hasServer(site)))
    return { title: 'Database', state: 'off', metrics: [], facts: [], notes: [] };
  const { status: found, findings } = await looked(site, signal);
  return {
    title: 'Database',
    state: stateOf(findings),
    metrics: metrics(found),
    facts: [
      { label: 'Server', value: found.server },
      { label: 'Role', value: found.role },
    ],
    notes: findings.filter(({ level }) => level !== 'info').map(({ why }) => why),
    command: 'om-ops db status',
  };
}

export async function dbChecks(site: Site): Promise<Check[]> {
  if (!(await hasServer(site))) return [];
  return [
    {
      key: 'server',
      title: 'Database server',
      kind: 'service',
      command: 'om-ops db status',
      async run(signal): Promise<CheckAnswer> {
        const { status: found, findings } = await looked(site, signal);
        const worst = findings.find(({ level }) => level !== 'info');
        return {
          state: stateOf(findings),
          message:
            worst?.why ??
            `${found.server} answers, ${found.connections.used ?? '?'} of ${found.connections.most ?? '?'} connections taken.`,
          metrics: metrics(found),
        };
      },
    },
  ];
}
