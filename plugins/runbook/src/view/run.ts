import { formatTable, formatTime, plural, printable, printableName } from '@om-ops/kit/text';
import type { Book } from '../book/book.ts';
import { type BookRun, nextStep } from '../run/book-run.ts';

const marks = { open: '[ ]', done: '[x]', skipped: '[-]', failed: '[!]' } as const;

export function bookText({ title, about, steps, alerts, source, reviewed }: Book): string {
  let phase = '';
  const lines = steps.flatMap(({ number, phase: of, text, command, check }) => {
    const head = of === phase ? [] : ['', of];
    phase = of;
    return [
      ...head,
      `${String(number).padStart(3)}. ${printable(text)}`,
      ...(command === null ? [] : command.split('\n').map((line) => `       ${printable(line)}`)),
      ...(check === null ? [] : [`       proof: ${printable(check)}`]),
    ];
  });
  return [
    title,
    about,
    ...lines,
    '',
    `For ${alerts.join(', ') || 'nothing in particular'}; ${reviewed === null ? 'never reviewed' : `reviewed ${reviewed}`}; ${printableName(source)}`,
  ].join('\n');
}

export function runText(run: BookRun): string {
  const lines = run.steps.map(({ number, state, text, note, said, exit, checkExit }) =>
    [
      `${marks[state]} ${String(number).padStart(2)}. ${printable(text)}${exit === null ? '' : ` (exit ${exit}${checkExit === null ? '' : `, proof ${checkExit}`})`}`,
      ...(said === null ? [] : [`        ${printable(said)}`]),
      ...(note === null ? [] : [`        ${printable(note)}`]),
    ].join('\n'),
  );
  const next = nextStep(run);
  const end =
    run.state !== 'open'
      ? `${run.state === 'done' ? 'Done' : `Aborted: ${printable(run.reason ?? '')}`}, ${run.endedAt === null ? '' : formatTime(run.endedAt)}.`
      : next === undefined
        ? ''
        : [
            `Next: ${next.number}. ${printable(next.text)}`,
            ...(next.command === null
              ? []
              : next.command.split('\n').map((line) => `  ${printable(line)}`)),
            `Done by hand: om-ops runbook next ${run.run}`,
          ].join('\n');
  return [
    `${run.title} (${run.run}${run.alert === null ? '' : `, alert ${run.alert}`})`,
    ...lines,
    '',
    end,
  ].join('\n');
}

export function historyText(runs: readonly BookRun[]): string {
  if (runs.length === 0) return 'No runbook was followed yet.';
  return formatTable<BookRun>(
    [
      { head: 'RUN', cell: ({ run }) => run },
      { head: 'WHAT', cell: ({ title }) => title },
      { head: 'BEGAN', cell: ({ startedAt }) => formatTime(startedAt) },
      { head: 'STATE', cell: ({ state }) => state },
      {
        head: 'STEPS',
        cell: ({ steps }) =>
          `${steps.filter(({ state }) => state !== 'open').length} of ${plural(steps.length, 'step')}`,
      },
    ],
    runs,
  );
}
