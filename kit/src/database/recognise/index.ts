export * from './clues.ts';
export * from './overlooked.ts';
export * from './recognise.ts';
export type { RecognisedDatabase } from './recognised.ts';
