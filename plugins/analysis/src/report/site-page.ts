import type { SitePage } from '@om-ops/kit/report';

export const page: SitePage = {
  title: 'Analysis',
  path: 'analysis/report.html',
  order: 50,
  command: 'om-ops analysis report',
};
