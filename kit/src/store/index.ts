export * from './atomic.ts';
export * from './folders.ts';
export {
  type AppendOptions,
  type AppendResult,
  appendJsonLine,
  appendJsonLines,
  type JsonLine,
  readJsonLineBatches,
  readJsonLines,
} from './jsonl.ts';
export * from './lock.ts';
export * from './maintenance-windows.ts';
export * from './owner.ts';
export * from './replaced-file.ts';
export * from './runs.ts';
export * from './step-run.ts';
export * from './step-runs.ts';
export type { TornLine } from './tail.ts';
export { isTemporaryName, type Leftovers, removeLeftovers, temporaryPath } from './temporary.ts';
export * from './time.ts';
export { siteTimeZone } from './time-zone.ts';
export { checkState } from './trust.ts';
