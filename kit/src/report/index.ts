export { formatBytes, formatCount, formatDuration, formatShare, plural } from '../text/format.ts';
export { bundledPage } from './bundle.ts';
export type { NavLink, ReportMeta } from './meta.ts';
export { type PackedPaths, packPaths, unpackPaths } from './paths.ts';
export { pagePolicy } from './policy.ts';
export { type NoscriptSummary, type ReportOptions, renderReport } from './render.ts';
export { indexPath, type SitePage } from './site-page.ts';
export { type WriteReportOptions, type WrittenReport, writeReport } from './write-report.ts';
