import type { SitePage } from './site-page.ts';

/** The pages there are, until plugins say which they write. */
export const knownPages: readonly SitePage[] = [
  {
    title: 'Changelog',
    path: 'changelog/report.html',
    command: 'om-ops changelog report',
  },
  {
    title: 'Analysis',
    path: 'analysis/report.html',
    command: 'om-ops analysis report',
  },
];
