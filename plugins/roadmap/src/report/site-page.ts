import type { SitePage } from '@om-ops/kit/report';

export const page: SitePage = {
  title: 'Roadmap',
  path: 'roadmap/report.html',
  order: 30,
  command: 'om-ops roadmap report',
};
