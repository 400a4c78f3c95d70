import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  Args,
  confirmFlag,
  dryRunFlag,
  Flags,
  isoWithOffset,
  isThere,
  makeStateFolder,
  OpsCommand,
  OpsError,
  stampSecond,
  writeFileAtomic,
} from '@om-ops/kit';
import { formatDuration, formatTable, printable } from '@om-ops/kit/text';
import { checklists } from '../../checklist/lists.ts';
import { saidOf, touchOf } from '../../run/follow.ts';
import { checklistsSection } from '../../site.ts';

interface ChecklistStep {
  command: string[];
  /** `left`: it changes something, and that was not confirmed; or this site has no such thing, as `said` says. */
  outcome: 'planned' | 'ran' | 'left' | 'absent';
  exit: number | null;
  said: string | null;
  seconds: number | null;
}

export interface ChecklistResult {
  checklist: string;
  /** The name of its record; null: a dry run. */
  run: string | null;
  startedAt: string;
  steps: ChecklistStep[];
}

export default class ChecklistRun extends OpsCommand<typeof ChecklistRun, ChecklistResult> {
  static override summary = 'Run a checklist: daily, weekly, monthly, or one of the profile.';
  static override description =
    'Every step is a command of om-ops. What only looks is run; what changes something is left out and named, unless --changes apply is confirmed. A step that finds something wrong does not stop the others. Exit: 1 when a step failed, else 6 when one found something wrong, else 7 when one was left out.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> daily',
    '<%= config.bin %> <%= command.id %> weekly --dry-run',
  ];
  static override record = 'audit' as const;
  static override args = { name: Args.string({ description: 'The checklist.', required: true }) };
  static override flags = {
    changes: Flags.string({
      summary: 'What becomes of steps that change something.',
      options: ['skip', 'apply'],
      default: 'skip',
    }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override async perform(): Promise<ChecklistResult> {
    const all = checklists(await this.site.section(checklistsSection), this.config);
    const list = all.find(({ name }) => name === this.args.name);
    if (list === undefined)
      throw new OpsError('E_NO_CHECKLIST', `There is no checklist ${this.args.name}.`, {
        exit: 'usage',
        suggestions: [`There are: ${all.map(({ name }) => name).join(', ')}`],
      });
    const step = (command: string[], outcome: ChecklistStep['outcome']): ChecklistStep => ({
      command,
      outcome,
      exit: null,
      said: null,
      seconds: null,
    });
    const result: ChecklistResult = {
      checklist: list.name,
      run: null,
      startedAt: isoWithOffset(new Date()),
      steps: [
        ...list.steps.map((line) => step(line, 'planned')),
        ...(list.ours ? [] : list.absent.map((line) => step(line, 'absent'))),
      ],
    };
    if (this.dryRun) return result;
    const apply = this.flags.changes === 'apply';
    if (apply) await this.confirm(`The steps of ${list.name} that change something are run too.`);
    await this.lock(`checklist-${list.name}`);
    this.keep(result);
    for (const one of result.steps) {
      if (one.outcome !== 'planned') continue;
      const touch = touchOf(`om-ops ${one.command.join(' ')}`, this.config);
      if (touch !== 'looks' && !apply) {
        one.outcome = 'left';
        continue;
      }
      await this.runTask({
        title: one.command.join(' '),
        run: async (progress) => {
          const answer = await this.omOps(one.command, {
            progress,
            confirm: touch === 'guarded',
            accept: [0, 1, 2, 3, 4, 5, 6, 7],
          });
          // Of our own lists: what this site, or machine, does not have is no failure of the day.
          const isElsewhere = list.ours && answer.exit === 5;
          Object.assign(one, saidOf(answer), {
            outcome: isElsewhere ? 'left' : 'ran',
            seconds: answer.seconds,
          });
          if (isElsewhere) one.exit = null;
        },
        summary: () =>
          one.exit === 0
            ? 'well'
            : one.exit === null
              ? `not here: ${one.said ?? ''}`
              : `exit ${one.exit}: ${one.said ?? ''}`,
      });
    }
    result.run = await this.#kept(result);
    const exits = result.steps.flatMap(({ exit }) => exit ?? []);
    const named = (wanted: (exit: number) => boolean) =>
      result.steps
        .filter(({ exit }) => exit !== null && wanted(exit))
        .map(({ command }) => command.join(' '))
        .join(', ');
    for (const { command } of result.steps.filter(
      ({ outcome }) => outcome === 'left' || outcome === 'absent',
    ))
      this.incomplete(`Left out: om-ops ${command.join(' ')}`);
    if (exits.some((exit) => ![0, 6, 7].includes(exit)))
      this.fail(
        new OpsError(
          'E_CHECKLIST',
          `Some steps failed: ${named((exit) => ![0, 6, 7].includes(exit))}.`,
          { suggestions: ['Run one by itself to see more.'] },
        ),
        result,
      );
    if (exits.includes(6))
      this.unhealthy('E_CHECKLIST', `Not all is well: ${named((exit) => exit === 6)}.`, [
        'Run one by itself to see more.',
      ]);
    else if (exits.includes(7))
      this.incomplete(`Something was left out by: ${named((exit) => exit === 7)}.`);
    return result;
  }

  async #kept(result: ChecklistResult): Promise<string> {
    const folder = join(this.site.state, 'checklist/runs');
    makeStateFolder(folder);
    const stamp = `${stampSecond(new Date())}-${result.checklist}`;
    let run = stamp;
    for (let number = 2; isThere(join(folder, run)); number++) run = `${stamp}-${number}`;
    mkdirSync(join(folder, run), { mode: 0o700 });
    await writeFileAtomic(
      join(folder, run, 'checklist.json'),
      `${JSON.stringify({ ...result, run }, null, 2)}\n`,
    );
    return run;
  }

  protected override text({ steps, checklist }: ChecklistResult): string {
    const table = formatTable<ChecklistStep>(
      [
        { head: 'STEP', cell: ({ command }) => printable(command.join(' ')) },
        {
          head: 'WHAT CAME OF IT',
          cell: ({ outcome, exit, said }) =>
            printable(
              outcome === 'ran'
                ? exit === 0
                  ? 'well'
                  : `${said ?? ''} (exit ${exit})`
                : `${outcome}${said === null ? '' : `: ${said}`}`,
            ),
        },
        {
          head: 'TOOK',
          cell: ({ seconds }) => (seconds === null ? '' : formatDuration(seconds * 1000)),
          align: 'right',
        },
      ],
      steps,
    );
    return this.dryRun ? `Would run ${checklist}:\n${table}\nNothing was run.` : table;
  }
}
