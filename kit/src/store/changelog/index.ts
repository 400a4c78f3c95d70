export { type Appended, RecordedError } from './append.ts';
export { canonicalJson, entryHash, genesisHash } from './chain.ts';
export * from './changelog.ts';
export {
  type Entry,
  type EntryActor,
  type EntryOutcome,
  type EntryType,
  entryActors,
  entryOutcomes,
  entryTypes,
  type NewEntry,
} from './entry.ts';
export type { MissingSession } from './index-file.ts';
export type { NewSession, SessionEnding } from './lifecycle.ts';
export { type Session, type SessionScope, sessionScopes } from './session.ts';
export type { Problem, SessionVerification } from './verification.ts';
