import type { RawMilestone, RoadmapDocument } from './document.ts';
import type { HistoryEntry } from './history.ts';
import type { KnownMilestone } from './read-milestones.ts';

/** What roadmap.json holds now. */
export interface OpenedRoadmap {
  document: RoadmapDocument;
  known: readonly KnownMilestone[];
}

/** What it is to hold. */
export interface NewRoadmap<T> {
  result: T;
  records: readonly RawMilestone[];
  /** What changed; none: nothing is written. */
  entries: readonly Omit<HistoryEntry, 'change' | 'time' | 'by'>[];
}
