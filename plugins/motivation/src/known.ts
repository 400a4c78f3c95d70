import type {
  BackupRecord,
  LoggedOperation,
  MilestoneRecord,
  OpenAlert,
  ReadPanel,
} from '@om-ops/kit';
import type { RecordedSession } from './record.ts';

/** All that is known of a site's days, read once. */
export interface Known {
  /** The day that is told of. */
  date: string;
  now: Date;
  /** Whether `date` is not over. */
  isToday: boolean;
  /** Oldest first. */
  sessions: readonly RecordedSession[];
  milestones: readonly MilestoneRecord[];
  /** Oldest first. */
  backups: readonly BackupRecord[];
  /** What changed or proved something; oldest first. */
  operations: readonly LoggedOperation[];
  alerts: readonly OpenAlert[];
  panels: readonly ReadPanel[];
  redact(text: string): string;
}
