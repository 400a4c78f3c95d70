import { Args } from '@om-ops/kit';
import type { HistoryEntry } from '../../history.ts';
import { idMatching } from '../../ids.ts';
import { RoadmapCommand } from '../../roadmap-command.ts';
import { historyText } from '../../view/history.ts';

type ShownEntry = Omit<HistoryEntry, 'change' | 'removed'>;

interface HistoryResult {
  /** Of one milestone; null: of all. */
  id: string | null;
  /** Oldest first. */
  entries: ShownEntry[];
}

export default class RoadmapHistory extends RoadmapCommand<typeof RoadmapHistory, HistoryResult> {
  static override summary = 'Say who changed what, and when.';
  static override description =
    'The history of one milestone, also of one that was removed, or of all; the newest last. What was changed before om-ops kept the file is not known.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> k3f9a',
  ];
  static override args = {
    id: Args.string({ description: 'Its ID, or the beginning of it. Default: all milestones.' }),
  };

  protected override async perform(): Promise<HistoryResult> {
    const { roadmap } = this;
    const { entries, problems } = await roadmap.readHistory();
    for (const problem of problems) this.operation.warn(problem);
    const given = this.args.id;
    const known = [...entries, ...(given === undefined ? [] : roadmap.milestones())];
    const ids = [...new Set(known.map(({ id }) => id))];
    const id = given === undefined ? null : idMatching(ids, given);
    return {
      id,
      entries: entries
        .filter((entry) => id === null || entry.id === id)
        .map(({ change: _, removed: __, ...entry }) => entry),
    };
  }

  protected override text(result: HistoryResult): string {
    return historyText(result.entries, result.id);
  }
}
