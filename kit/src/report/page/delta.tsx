import type { ComponentChildren } from 'preact';
import { changeText } from './delta-text.ts';
import { formatShare } from './format.ts';
import { spelledOut } from './path.tsx';

export type Tone = 'neutral' | 'good' | 'bad' | 'warn' | 'accent';

/** A short word in a pill. The word carries the meaning; the tone only helps. */
export function Badge({
  tone = 'neutral',
  children,
}: {
  tone?: Tone;
  children: ComponentChildren;
}) {
  return (
    <span class="badge" data-tone={tone}>
      {spelledOut(children)}
    </span>
  );
}

interface DeltaProps {
  /** The difference; null when there is nothing to compare with. */
  change: number | null;
  unit?: 'bytes' | 'count';
  /** What was there before: gives the percentage. */
  before?: number | undefined;
  /** Which way is welcome. Default: neither. */
  welcome?: 'up' | 'down' | 'neither';
}

/** A change with an arrow, a sign and a colour. */
export function Delta({ change, unit = 'count', before, welcome = 'neither' }: DeltaProps) {
  if (change === null)
    return (
      <span class="delta" data-tone="none">
        –
      </span>
    );
  if (change === 0) {
    return (
      <span class="delta" data-tone="none">
        <span aria-hidden="true">=</span> <span class="off-screen">unchanged</span>
        <span aria-hidden="true">0</span>
      </span>
    );
  }
  const up = change > 0;
  const tone = welcome === 'neither' ? 'plain' : (welcome === 'up') === up ? 'good' : 'bad';
  return (
    <span class="delta" data-tone={tone} data-way={up ? 'up' : 'down'}>
      <span aria-hidden="true">{up ? '↑' : '↓'}</span>
      <span class="off-screen">{up ? 'up' : 'down'}</span> {changeText(change, unit)}
      {before !== undefined && before > 0 && (
        <span class="delta-share"> ({formatShare(Math.abs(change) / before)})</span>
      )}
    </span>
  );
}
