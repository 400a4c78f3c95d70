import type { ReportSession } from '../types.ts';

/** What is known of the record as a whole. */
export interface RecordState {
  /** `intact` only when every session was checked; `unknown` when none could be. */
  state: 'intact' | 'broken' | 'partly' | 'unknown';
  broken: number;
  /** Sessions that nothing can be said of: without hashes, or not checked. */
  unknown: number;
  intact: number;
}

export function recordOf(sessions: readonly Pick<ReportSession, 'check'>[]): RecordState {
  const count = (wanted: ReportSession['check']): number =>
    sessions.filter(({ check }) => check === wanted).length;
  const broken = count('broken');
  const intact = count('ok');
  const unknown = count('unchained') + count('unchecked');
  const state =
    broken > 0 ? 'broken' : unknown === 0 ? 'intact' : intact === 0 ? 'unknown' : 'partly';
  return { state, broken, unknown, intact };
}
