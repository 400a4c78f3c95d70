import type { Counts } from '../counts.ts';
import type { FieldChange, Milestone } from '../milestone.ts';

/** What the roadmap's page is drawn from. Times are milliseconds. */
export interface RoadmapReport {
  /** The open ones by due date, then the complete ones, the newest first. */
  milestones: ReportMilestone[];
  /** Of all there are, embedded or not, on the day the page was made. */
  counts: Counts;
  /** Newest first. */
  history: ReportEntry[];
  /** How many there are, embedded or not. */
  historyTotal: number;
  /** How many there were and how many were complete at the end of each day; empty when too little is known. */
  series: { time: number; total: number; done: number }[];
  /** Milestones of which it is not known when they were made or completed. */
  undated: number;
  pace: Pace | null;
  /** STATE/roadmap. */
  folder: string;
}

export interface ReportMilestone
  extends Pick<Milestone, 'id' | 'title' | 'owner' | 'status' | 'percent' | 'due' | 'notes'> {
  /** Characters of the notes that were too long to be embedded. */
  notesLeftOut: number;
  createdAt: number | null;
  updatedAt: number | null;
  completedAt: number | null;
  /** Since when it has its status; null when the history does not say. */
  since: number | null;
  /** The last day on which its percent changed, and by how much that day; null when it never did. */
  moved: { at: number; by: number } | null;
}

export interface ReportEntry {
  time: number;
  by: string;
  action: string;
  id: string;
  title: string;
  changes: FieldChange[];
}

/** How many were completed lately, and how long the open ones take at that pace. */
export interface Pace {
  weeks: number;
  completed: number;
  open: number;
  /** When the last would be done. */
  end: number;
}
