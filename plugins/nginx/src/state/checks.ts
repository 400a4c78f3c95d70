import {
  type Check,
  type CheckAnswer,
  isOpsError,
  mayBeThere,
  type Site,
  type State,
} from '@om-ops/kit';
import { askedPath } from '../asked-path.ts';
import { nginxSection } from '../site.ts';
import type { Finding } from './findings.ts';
import { type NginxStatus, nginxStatus, type StatusOptions } from './status.ts';

export async function statusOptions(site: Site): Promise<StatusOptions> {
  const { bin, conf, serverName, location } = await site.section(nginxSection);
  return {
    bin,
    conf: site.below(conf),
    serverName,
    asked: askedPath(location, site.backend.health),
  };
}

export async function nginxChecks(site: Site): Promise<Check[]> {
  const options = await statusOptions(site);
  // Asked together, they look once.
  let looking: Promise<NginxStatus> | undefined;
  const look = (signal: AbortSignal) => {
    looking ??= nginxStatus(options, signal).finally(() => {
      looking = undefined;
    });
    return looking;
  };
  const asked = (answer: (status: NginxStatus) => CheckAnswer) => async (signal: AbortSignal) => {
    try {
      return answer(await look(signal));
    } catch (error) {
      // A site that nginx serves has its configuration, and one that is not to be had is worth knowing.
      if (
        isOpsError(error) &&
        ['E_PROGRAM_MISSING', 'E_NOT_FOUND'].includes(error.code) &&
        !mayBeThere(options.conf)
      )
        return { state: 'off', message: 'nginx is not installed here.' } as const;
      throw error;
    }
  };
  // A little less than a minute: looked at twice a minute, it is due in every second look.
  const common = { everyMs: 55_000, command: 'om-ops nginx status' } as const;
  return [
    {
      ...common,
      key: 'running',
      title: 'nginx runs what is on the disk',
      kind: 'service',
      samples: 2,
      runbook: 'component-failure',
      run: asked((status) =>
        of(
          status,
          ['not-running', 'no-workers', 'unread', 'pid-file'],
          `nginx ${status.version} runs, with what is on the disk.`,
        ),
      ),
    },
    {
      ...common,
      key: 'configuration',
      title: 'nginx configuration',
      samples: 1,
      run: asked((status) =>
        of(status, ['duplicate', 'backup-included'], `${status.files} files, and no name twice.`),
      ),
    },
    {
      ...common,
      key: 'answers',
      title: 'The site through nginx',
      kind: 'service',
      samples: 3,
      after: ['nginx.running', 'http:backend'],
      runbook: 'integration',
      run: asked(answersCheck),
    },
    {
      ...common,
      key: 'certificate',
      title: 'Certificates of the site',
      samples: 1,
      after: ['nginx.running'],
      runbook: 'certificate',
      run: asked(certificateCheck),
    },
  ];
}

function of(
  { findings }: NginxStatus,
  kinds: readonly Finding['kind'][],
  fine: string,
): CheckAnswer {
  const [worst, ...others] = findings
    .filter(({ kind }) => kinds.includes(kind))
    .sort((a, b) => Number(b.state === 'critical') - Number(a.state === 'critical'));
  if (worst === undefined) return { state: 'healthy', message: fine };
  const more = others.length === 0 ? '' : ` And ${others.length} more: om-ops nginx status`;
  return { state: worst.state, message: `${worst.message}${more}` };
}

function answersCheck({ running, answers }: NginxStatus): CheckAnswer {
  if (!running) return { state: 'critical', message: 'nginx does not run.' };
  if (answers.length === 0)
    return { state: 'unknown', message: 'No server of the site can be asked from this machine.' };
  const bad = answers.find(({ status }) => status === null || status >= 500);
  if (bad !== undefined) return { state: 'critical', message: `${bad.url} answers ${bad.said}.` };
  const [first] = answers;
  return { state: 'healthy', message: `${first?.url} answers ${first?.said}.` };
}

function certificateCheck(status: NginxStatus): CheckAnswer {
  const days = [
    ...status.certificates.map(({ daysLeft }) => daysLeft),
    ...status.answers.map(({ certificate }) => certificate?.daysLeft ?? null),
  ].filter((left) => left !== null);
  if (days.length === 0 && status.certificates.length === 0)
    return { state: 'off', message: 'No server of the site has a certificate.' };
  const found = of(
    status,
    ['certificate'],
    `The first certificate expires in ${Math.min(...days)} d.`,
  );
  const state: State = days.length === 0 ? 'unknown' : found.state;
  return {
    ...found,
    state,
    metrics: [
      {
        key: 'certificate-days',
        label: 'Certificate',
        value: days.length === 0 ? null : Math.min(...days),
        unit: 'days',
        welcome: 'up',
        limit: { warning: 14, critical: 3, when: 'below' },
      },
    ],
  };
}
