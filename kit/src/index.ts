export * from './errors.ts';
export * from './exec.ts';
export * from './progress.ts';
export * from './redact.ts';
