import { OpsCommand } from '@om-ops/kit';
import { partsOf } from '../../parts/part.ts';
import { type BuildState, buildState } from '../../status/status.ts';
import { statusText } from '../../view/status.ts';

export default class BuildStatus extends OpsCommand<typeof BuildStatus, BuildState> {
  static override summary = 'Show what was built, and how the last rebuilds ended.';
  static override description =
    `Counts the files of each dist, compares it with its sources and with git, lists the last rebuilds, and says what stands where
after one that was cut off. Changes nothing. Exit 6 when a dist is missing or empty, or a rebuild was cut off; a dist that is
older than its sources is only said.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  protected override async perform(): Promise<BuildState> {
    const redact = this.operation.redactor;
    const found = await this.runTask({
      title: 'Look',
      run: (progress) => buildState(partsOf(this.site), this.site.state, progress),
    });
    const runs = found.runs.map((run) => ({
      ...run,
      problem: run.problem === null ? null : redact.foreign(run.problem),
    }));
    const cutOff = found.kept.find(({ isAtWork, run }) => !isAtWork && run !== null);
    const bad = found.parts.find(({ state }) => state === 'missing' || state === 'empty');
    if (cutOff !== undefined) {
      this.unhealthy(
        'E_CUT_OFF',
        `A rebuild of the ${cutOff.part} was cut off, and what it replaced was not put back.`,
        [
          `Put it back: om-ops build ${cutOff.part} --put-back`,
          `Or build it anew: om-ops build ${cutOff.part}`,
        ],
      );
    } else if (bad !== undefined) {
      this.unhealthy('E_NOT_BUILT', `The dist of the ${bad.part} is ${bad.state}: ${bad.path}`, [
        `Build it: om-ops build ${bad.part}`,
        'Or correct the path in the site profile: om-ops config show',
      ]);
    }
    return { ...found, runs };
  }

  protected override text(result: BuildState): string {
    return statusText(result);
  }
}
