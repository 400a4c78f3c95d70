import { Args, dryRunFlag } from '@om-ops/kit';
import type { Merge } from '../../merge.ts';
import { RoadmapCommand } from '../../roadmap-command.ts';
import { mergeText } from '../../view/merge.ts';

interface ImportResult extends Merge {
  dryRun: boolean;
}

export default class RoadmapImport extends RoadmapCommand<typeof RoadmapImport, ImportResult> {
  static override summary = 'Merge the milestones of a file into the roadmap.';
  static override description =
    "Reads the original tool's roadmap.json, that of another om-ops, or a list of milestones as JSON. What is new is added; the same milestone (by ID, else by title) takes over what the file says, unless it was changed here later. Nothing is removed. A file that cannot be understood whole is refused, and nothing is imported.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> /mnt/old/roadmap.json --dry-run',
    '<%= config.bin %> <%= command.id %> ./milestones.json',
  ];
  static override record = 'audit' as const;
  static override args = {
    file: Args.string({ description: 'A JSON file of milestones.', required: true }),
  };
  static override flags = { ...dryRunFlag };

  protected override async perform(): Promise<ImportResult> {
    const { roadmap, dryRun } = this;
    const merge = await roadmap.import(this.args.file, dryRun);
    if (!dryRun && merge.added.length + merge.updated.length > 0) {
      this.operation.touch(roadmap.path);
    }
    return { dryRun, ...merge };
  }

  protected override text(result: ImportResult): string {
    return mergeText(result, result.dryRun);
  }
}
