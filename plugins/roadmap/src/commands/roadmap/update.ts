import { dryRunFlag, Flags, OpsError, wholeNumber } from '@om-ops/kit';
import { statuses } from '../../milestone.ts';
import { idArgument, RoadmapCommand } from '../../roadmap-command.ts';
import { type UpdateResult, updateText } from '../../view/update.ts';

export default class RoadmapUpdate extends RoadmapCommand<typeof RoadmapUpdate, UpdateResult> {
  static override summary = 'Change a milestone.';
  static override description =
    'Changes what is given and keeps the rest. Complete and 100 % go together: either gives the other; a complete one that is opened again gets the percent it had. An empty value takes owner, date or notes away. What changed, when and by whom stays in the history.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> k3f9a --percent 42',
    '<%= config.bin %> <%= command.id %> k3f --status blocked --notes "The host\'s image has 15."',
    '<%= config.bin %> <%= command.id %> k3f9a --due 2026-12-20 --owner "Maria K"',
  ];
  static override record = 'audit' as const;
  static override args = { id: idArgument };
  static override flags = {
    status: Flags.option({ summary: 'How it stands.', options: statuses })(),
    percent: wholeNumber({ summary: 'How much of it is done, 0 to 100.', min: 0, max: 100 }),
    notes: Flags.string({ summary: 'What there is to say; takes the place of the notes.' }),
    title: Flags.string({ summary: 'What is to be reached.' }),
    owner: Flags.string({ summary: 'Who sees to it.' }),
    due: Flags.string({ summary: 'The day it is due, or none.', helpValue: 'YYYY-MM-DD' }),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<UpdateResult> {
    const { status, percent, title, owner, due, notes } = this.flags;
    const patch = {
      ...(status === undefined ? {} : { status }),
      ...(percent === undefined ? {} : { percent }),
      ...this.given({ title, owner, due, notes }),
    };
    if (Object.keys(patch).length === 0) {
      throw new OpsError('E_NOTHING_GIVEN', 'Nothing was given that could be changed.', {
        exit: 'usage',
        suggestions: [
          `Say what: om-ops roadmap update ${this.args.id} --percent 50`,
          'See what can be changed: om-ops roadmap update --help',
        ],
      });
    }
    const { roadmap, dryRun } = this;
    const changed = await roadmap.update(this.args.id, patch, { dryRun });
    if (!dryRun && changed.changes.length > 0) this.operation.touch(roadmap.path);
    return { dryRun, ...changed };
  }

  protected override text(result: UpdateResult): string {
    return updateText(result);
  }
}
