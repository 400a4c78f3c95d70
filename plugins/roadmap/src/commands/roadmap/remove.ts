import { confirmFlag, dayStamp, dryRunFlag } from '@om-ops/kit';
import type { Milestone } from '../../milestone.ts';
import { idArgument, RoadmapCommand } from '../../roadmap-command.ts';
import { milestoneTable, nameOf, nothingChanged } from '../../view/milestones.ts';

interface RemoveResult {
  dryRun: boolean;
  /** As it was. */
  milestone: Milestone;
}

export default class RoadmapRemove extends RoadmapCommand<typeof RoadmapRemove, RemoveResult> {
  static override summary = 'Remove a milestone; its history stays.';
  static override description =
    'For what was added by mistake or given up. Asks first. All that was known of it stays in STATE/roadmap/history.jsonl, and its ID is given to no other one.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> k3f9a --dry-run',
    '<%= config.bin %> <%= command.id %> k3f9a --confirm "YES APPLY"',
  ];
  static override record = 'audit' as const;
  static override args = { id: idArgument };
  static override flags = { ...dryRunFlag, ...confirmFlag };

  protected override async perform(): Promise<RemoveResult> {
    const { roadmap, dryRun } = this;
    const milestone = await roadmap.find(this.args.id);
    if (dryRun) return { dryRun, milestone };
    await this.confirm(`The milestone ${nameOf(milestone)} will be removed from the roadmap.`);
    await roadmap.remove(milestone);
    this.operation.touch(roadmap.path);
    return { dryRun, milestone };
  }

  protected override text({ dryRun, milestone }: RemoveResult): string {
    if (dryRun) {
      const table = milestoneTable([milestone], dayStamp(this.operation.startedAt));
      return `Would remove this milestone and keep its history:\n\n${table}\n\n${nothingChanged}`;
    }
    return `Removed ${nameOf(milestone)}. What it was: om-ops roadmap history ${milestone.id}`;
  }
}
