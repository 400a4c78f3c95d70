export * from './deeds.ts';
export * from './log-line.ts';
export * from './log-reader.ts';
export * from './operation.ts';
export * from './record.ts';
