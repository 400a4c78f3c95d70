import type { StepRecord } from '@om-ops/kit';
import { printable, printableName, styleFor } from '@om-ops/kit/text';
import type { ListedRun } from '../list.ts';
import type { RequestState } from '../requests.ts';
import { secondsText, stateText, whyText } from './runs.ts';
import { momentText } from './when.ts';

export interface ShownStep {
  title: string;
  startedAt: string;
  seconds: number | null;
  outcome: StepRecord['outcome'] | 'running';
  exit: number | null;
  notes: string[];
  /** Its last lines. */
  output: string[];
  /** All of them. */
  file: string | null;
}

export interface ShowResult {
  /** For a run that was asked for. */
  request: {
    id: string;
    task: string;
    due: string;
    note: string | null;
    by: string;
    state: RequestState;
    why: string | null;
  } | null;
  /** Null: it has not begun. */
  run: ListedRun | null;
  steps: ShownStep[];
  folder: string | null;
}

export function showText({ request, run, steps, folder }: ShowResult, now: Date): string {
  const { bold } = styleFor(process.stdout);
  const lines: string[] = [];
  if (request !== null) {
    const { id, task, due, note, by, state, why } = request;
    lines.push(
      `${id}: ${task} at ${momentText(due, now)}, asked for by ${printableName(by)}: ${state}${why === null ? '' : `, because ${why}`}.${note === null ? '' : ` ${printableName(note)}`}`,
    );
  }
  if (run === null) return lines.join('\n');
  lines.push(
    `${bold(run.run)}: ${stateText(run)} after ${secondsText(run.seconds)}. Began ${momentText(run.at, now)}, ${whyText(run)}${run.period === null ? '' : `, for ${run.period}`}.`,
  );
  for (const step of steps) {
    const exit = step.exit === null ? '' : `, exit ${step.exit}`;
    lines.push(
      '',
      `${bold(printableName(step.title))}: ${step.outcome}${exit}, ${secondsText(step.seconds)}`,
    );
    lines.push(...step.notes.map((note) => `  ${printable(note)}`));
    lines.push(...step.output.map((line) => `  ${printable(line)}`));
  }
  if (folder !== null) lines.push('', `All of it: ${folder}`);
  return lines.join('\n');
}
