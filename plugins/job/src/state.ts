import type { Check, CheckAnswer, Panel, PanelContext, Site, State } from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import { failuresInARow, historyOf, type PastRun } from './history.ts';
import { jobsOf, jobsSection, type NamedJob } from './site.ts';

interface Standing {
  job: NamedJob;
  last: PastRun | undefined;
  failed: number;
}

async function standings(site: Site): Promise<Standing[]> {
  const jobs = jobsOf(await site.section(jobsSection));
  return Promise.all(
    jobs.map(async (job) => {
      const runs = await historyOf(site.state, job.name);
      return {
        job,
        last: runs.find(({ state }) => state !== 'running'),
        failed: failuresInARow(runs),
      };
    }),
  );
}

function stateOf({ last, failed }: Standing): State {
  if (last === undefined) return 'off';
  return failed === 0 ? 'healthy' : 'warning';
}

function sentence({ job, last, failed }: Standing): string {
  if (last === undefined) return `${job.name} has not run yet.`;
  if (failed === 0) return `${job.name} went well.`;
  return `${job.name} failed${failed > 1 ? ` ${failed} times in a row` : ''}${last.meaning === null ? '' : `: ${last.meaning}`}.`;
}

export async function jobPanel({ site }: PanelContext): Promise<Panel> {
  const all = await standings(site);
  const bad = all.filter(({ failed }) => failed > 0);
  return {
    title: 'Jobs',
    state: all.length === 0 ? 'off' : bad.length > 0 ? 'warning' : 'healthy',
    metrics: [
      { key: 'failing', label: 'Failing jobs', value: bad.length, unit: 'count', welcome: 'down' },
    ],
    facts: all.length === 0 ? [] : [{ label: 'Jobs', value: plural(all.length, 'job') }],
    notes: bad.map(sentence),
  };
}

export async function jobChecks(site: Site): Promise<Check[]> {
  return jobsOf(await site.section(jobsSection)).map((job) => ({
    key: `last-${job.name}`,
    title: `Job ${job.name}`,
    kind: 'event' as const,
    samples: 1,
    command: `om-ops job show ${job.name}`,
    async run(): Promise<CheckAnswer> {
      const one = (await standings(site)).find((standing) => standing.job.name === job.name);
      if (one === undefined) throw new Error('the profile does not name it any more');
      return {
        state: stateOf(one),
        message: sentence(one),
        metrics: [
          {
            key: 'failures',
            label: 'Failures in a row',
            value: one.failed,
            unit: 'count',
            welcome: 'down',
          },
        ],
      };
    },
  }));
}
