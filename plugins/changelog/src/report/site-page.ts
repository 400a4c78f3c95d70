import type { SitePage } from '@om-ops/kit/report';

export const page: SitePage = {
  title: 'Changelog',
  path: 'changelog/report.html',
  order: 40,
  command: 'om-ops changelog report',
};
