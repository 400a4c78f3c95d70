export * from './atomic.ts';
export * from './folders.ts';
export {
  type AppendOptions,
  type AppendResult,
  appendJsonLine,
  appendJsonLineSync,
  appendJsonLines,
  type JsonLine,
  readJsonFile,
  readJsonLineBatches,
  readJsonLines,
  type TornLine,
  writeJsonLines,
} from './jsonl.ts';
export * from './lock.ts';
export * from './owner.ts';
export * from './runs.ts';
export { isTemporaryName, type Leftovers, removeLeftovers } from './temporary.ts';
export * from './time.ts';
