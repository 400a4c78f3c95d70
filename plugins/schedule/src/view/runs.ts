import { formatDuration, printableName, styleFor } from '@om-ops/kit/text';
import type { ListedRun } from '../list.ts';

const words: Record<ListedRun['state'], string> = {
  done: 'done',
  incomplete: 'done, something left out',
  unhealthy: 'done, not healthy',
  failed: 'failed',
  interrupted: 'interrupted',
  'cut-off': 'cut off',
  running: 'running',
};

/** `done`, `failed (exit 1)`, in the colour that says how bad it is. */
export function stateText({ state, exit }: Pick<ListedRun, 'state' | 'exit'>): string {
  const { red, yellow } = styleFor(process.stdout);
  const text = exit === null || exit === 0 ? words[state] : `${words[state]} (exit ${exit})`;
  if (state === 'failed' || state === 'cut-off' || state === 'interrupted') return red(text);
  return state === 'unhealthy' || state === 'incomplete' ? yellow(text) : text;
}

export function secondsText(seconds: number | null): string {
  return seconds === null ? '–' : formatDuration(seconds * 1000);
}

const reasons: Record<ListedRun['why'], string> = {
  time: 'at its time',
  late: 'late',
  again: 'once more, after it was cut off',
  request: 'as asked for',
  hand: 'by hand',
};

export function whyText({ why, by }: Pick<ListedRun, 'why' | 'by'>): string {
  return why === 'hand' ? `by hand, ${printableName(by)}` : reasons[why];
}
