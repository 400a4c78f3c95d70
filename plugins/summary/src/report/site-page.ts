import type { SitePage } from '@om-ops/kit/report';

export const page: SitePage = {
  title: 'Summary',
  path: 'summary/report.html',
  order: 10,
  command: 'om-ops summary run',
};
