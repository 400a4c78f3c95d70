export * from './accounts.ts';
export * from './listeners.ts';
export * from './open-files.ts';
export * from './processes.ts';
