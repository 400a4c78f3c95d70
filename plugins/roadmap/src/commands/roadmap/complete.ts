import { dryRunFlag } from '@om-ops/kit';
import { idArgument, RoadmapCommand } from '../../roadmap-command.ts';
import { nameOf } from '../../view/milestones.ts';
import { type UpdateResult, updateText } from '../../view/update.ts';

export default class RoadmapComplete extends RoadmapCommand<typeof RoadmapComplete, UpdateResult> {
  static override summary = 'Mark a milestone as complete, at 100 %.';
  static override description =
    'Does nothing to one that is complete already. Opened again it is with roadmap update ID --status in_progress, at the percent it had.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> k3f9a',
    '<%= config.bin %> <%= command.id %> k3f --dry-run',
  ];
  static override record = 'audit' as const;
  static override args = { id: idArgument };
  static override flags = { ...dryRunFlag };

  protected override async perform(): Promise<UpdateResult> {
    const { roadmap, dryRun } = this;
    const changed = await roadmap.update(
      this.args.id,
      { status: 'complete' },
      { dryRun, action: 'completed' },
    );
    if (!dryRun && changed.changes.length > 0) this.operation.touch(roadmap.path);
    return { dryRun, ...changed };
  }

  protected override text(result: UpdateResult): string {
    if (result.dryRun || result.changes.length === 0) return updateText(result);
    return `${nameOf(result.milestone)} is complete.`;
  }
}
