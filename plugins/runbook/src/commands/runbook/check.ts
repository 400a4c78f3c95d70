import { OpsCommand } from '@om-ops/kit';
import { formatTable } from '@om-ops/kit/text';
import { shelf } from '../../book/shelf.ts';
import { touchOf } from '../../run/follow.ts';

interface BookProblem {
  book: string;
  /** Null: the whole book. */
  step: number | null;
  code: 'no-proof' | 'no-command' | 'not-reviewed' | 'empty';
  text: string;
}

interface CheckResult {
  books: number;
  problems: BookProblem[];
}

const reviewDays = 180;

export default class RunbookCheck extends OpsCommand<typeof RunbookCheck, CheckResult> {
  static override summary = 'Find what is wrong with the runbooks.';
  static override description =
    'Steps that change something and have no proof, commands that do not exist here, books that nobody has reviewed for 180 days. Exit 6 for what is wrong.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  protected override async perform(): Promise<CheckResult> {
    const books = await shelf(this.site);
    const problems = books.flatMap(({ name, steps, reviewed, ours }): BookProblem[] => {
      const found: BookProblem[] = steps.flatMap(({ number, command, check }): BookProblem[] => {
        const touch = touchOf(command, this.config);
        if (touch === 'absent')
          return [
            {
              book: name,
              step: number,
              code: 'no-command',
              text: `There is no command: ${command}`,
            },
          ];
        if (check !== null && touchOf(check, this.config) === 'absent')
          return [
            {
              book: name,
              step: number,
              code: 'no-command',
              text: `There is no command to prove it: ${check}`,
            },
          ];
        // Ours have the proof of the last phase; a site's own step is on its own.
        return !ours && check === null && (touch === 'guarded' || touch === 'changes')
          ? [
              {
                book: name,
                step: number,
                code: 'no-proof',
                text: 'It changes something, and nothing proves it (Check: …).',
              },
            ]
          : [];
      });
      if (steps.length === 0)
        found.push({ book: name, step: null, code: 'empty', text: 'It has no steps.' });
      const days =
        reviewed === null
          ? Number.POSITIVE_INFINITY
          : (Date.now() - Date.parse(reviewed)) / 86_400_000;
      if (!ours && days > reviewDays)
        found.push({
          book: name,
          step: null,
          code: 'not-reviewed',
          text:
            reviewed === null
              ? 'It does not say when it was reviewed (Reviewed: 2026-11-25).'
              : `It was reviewed on ${reviewed}.`,
        });
      return found;
    });
    if (problems.length > 0)
      this.unhealthy('E_RUNBOOKS', `${problems.length} things are wrong with the runbooks.`, [
        'See one: om-ops runbook show NAME',
      ]);
    return { books: books.length, problems };
  }

  protected override text({ books, problems }: CheckResult): string {
    if (problems.length === 0) return `Nothing is wrong with the ${books} runbooks.`;
    return formatTable<BookProblem>(
      [
        { head: 'RUNBOOK', cell: ({ book }) => book },
        { head: 'STEP', cell: ({ step }) => (step === null ? '' : `${step}`), align: 'right' },
        { head: 'WHAT', cell: ({ text }) => text },
      ],
      problems,
    );
  }
}
