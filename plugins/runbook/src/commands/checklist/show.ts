import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Args, isThere, OpsCommand, OpsError } from '@om-ops/kit';
import { readSmallFile } from '@om-ops/kit/site';
import { formatTime, printable } from '@om-ops/kit/text';
import type { ChecklistResult } from './run.ts';

export default class ChecklistShow extends OpsCommand<typeof ChecklistShow, ChecklistResult> {
  static override summary = 'Show how a checklist went.';
  static override description = 'The newest run, or the one named.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override args = {
    run: Args.string({ description: 'A run, or the name of a checklist. Default: the newest.' }),
  };

  protected override async perform(): Promise<ChecklistResult> {
    const folder = join(this.site.state, 'checklist/runs');
    const { run } = this.args;
    const names = isThere(folder) ? readdirSync(folder).sort().reverse() : [];
    const found =
      run === undefined
        ? names[0]
        : names.find(
            (name) => name === run || name.replace(/^[\d_-]+-/, '').replace(/-\d+$/, '') === run,
          );
    if (found === undefined)
      throw new OpsError(
        'E_NO_RUN',
        run === undefined ? 'No checklist was run yet.' : `There is no run ${run}.`,
        { exit: 'usage', suggestions: ['Run one: om-ops checklist run daily'] },
      );
    return JSON.parse(
      readSmallFile(join(folder, found, 'checklist.json'), 'run of a checklist'),
    ) as ChecklistResult;
  }

  protected override text({ checklist, startedAt, steps }: ChecklistResult): string {
    return [
      `${checklist}, ${formatTime(startedAt)}`,
      ...steps.map(
        ({ command, outcome, exit, said }) =>
          `  ${exit === 0 ? 'well' : outcome === 'ran' ? `exit ${exit}` : outcome}  om-ops ${command.join(' ')}${said === null ? '' : `: ${printable(said)}`}`,
      ),
    ].join('\n');
  }
}
