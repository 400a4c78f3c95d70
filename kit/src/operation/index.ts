export * from './log-line.ts';
export * from './operation.ts';
export * from './record.ts';
