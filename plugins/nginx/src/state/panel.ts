import { isOpsError, type Panel, type PanelContext } from '@om-ops/kit';
import { statusOptions } from './checks.ts';
import { nginxStatus } from './status.ts';

/** nginx's card of the summary page. */
export async function nginxPanel({ site, signal, now }: PanelContext): Promise<Panel> {
  const options = await statusOptions(site);
  const title = 'nginx';
  try {
    const status = await nginxStatus(options, signal, now);
    const { master, workers, findings, answers } = status;
    const isCritical =
      findings.some(({ state }) => state === 'critical') ||
      answers.some((one) => one.status === null || one.status >= 500);
    const days = status.certificates.flatMap(({ daysLeft }) => daysLeft ?? []);
    return {
      title,
      state: isCritical ? 'critical' : findings.length > 0 ? 'warning' : 'healthy',
      metrics: [
        {
          key: 'workers',
          label: 'Workers',
          value: workers.filter(({ leaving }) => !leaving).length,
          unit: 'count',
        },
        ...(days.length === 0
          ? []
          : [
              {
                key: 'certificate-days',
                label: 'Certificate',
                value: Math.min(...days),
                unit: 'days',
                welcome: 'up',
                limit: { warning: 14, critical: 3, when: 'below' },
              } as const,
            ]),
      ],
      facts: [
        { label: 'Version', value: status.version },
        { label: 'Running since', value: master?.startedAt ?? 'not running' },
        ...answers.map(({ url, said }) => ({ label: url, value: said })),
      ],
      notes: findings.map(({ message }) => message),
    };
  } catch (error) {
    if (!isOpsError(error) || (error.code !== 'E_PROGRAM_MISSING' && error.code !== 'E_NOT_FOUND'))
      throw error;
    return { title, state: 'off', metrics: [], facts: [], notes: ['nginx is not installed here.'] };
  }
}
