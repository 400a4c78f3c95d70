export { errorText, failureEnvelope } from '../envelope.ts';
export * from './format.ts';
export * from './progress.ts';
export * from './style.ts';
export * from './table.ts';
export { displayWidth } from './width.ts';
