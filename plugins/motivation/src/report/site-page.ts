import type { SitePage } from '@om-ops/kit/report';

export const page: SitePage = {
  title: 'Motivation',
  path: 'motivation/report.html',
  order: 20,
  command: 'om-ops motivation run',
};
