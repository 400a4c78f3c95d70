export { formatBytes, formatCount, formatDuration, formatShare, plural } from '../text/format.ts';
export { bundledPage } from './bundle.ts';
export type { ReportLink, ReportMeta } from './meta.ts';
export { type PackedPaths, packPaths, unpackPaths } from './paths.ts';
export { type NoscriptSummary, type ReportOptions, renderReport } from './render.ts';
