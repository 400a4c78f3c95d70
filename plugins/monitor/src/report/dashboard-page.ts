import { bundledPage, pagePolicy, renderReport } from '@om-ops/kit/report';
import type { DashboardPage } from './types.ts';

/** The page of the dashboard and the policy it is served with. Nothing of the site is in it but its name. */
export async function dashboardPage(
  site: string,
  version: string,
  data: DashboardPage,
): Promise<{ html: string; policy: string }> {
  const html = await renderReport<DashboardPage>({
    title: 'Dashboard',
    heading: 'Dashboard',
    site,
    version,
    generatedAt: new Date(),
    data,
    isLive: true,
    script: bundledPage(import.meta.url),
    noscriptSummary: {
      text: 'The dashboard needs JavaScript. Without it: om-ops status.',
      facts: [],
    },
  });
  return { html, policy: pagePolicy(html) };
}
