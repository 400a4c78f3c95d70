import type { State } from '../../abilities/state.ts';
import { Badge, type Tone } from './delta.tsx';

const tones: Record<State, Tone> = {
  healthy: 'good',
  warning: 'warn',
  critical: 'bad',
  unknown: 'neutral',
  off: 'neutral',
};

export function toneOfState(state: State): Tone {
  return tones[state];
}

/** The word of a state in its colour. */
export function StateBadge({ state }: { state: State }) {
  return <Badge tone={tones[state]}>{state}</Badge>;
}

const shapes: Record<State, string> = {
  healthy: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11',
  warning: 'M8 1.5 14.5 8 8 14.5 1.5 8z',
  critical: 'M2.5 2.5h11v11h-11z',
  unknown: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11',
  off: 'M3 7h10v2H3z',
};

/** The shape of a state in its colour; a word that says the same stands beside it. */
export function StateMark({ state }: { state: State }) {
  return (
    <svg
      class="state-mark"
      data-state={state}
      viewBox="0 0 16 16"
      width="14"
      height="14"
      aria-hidden="true"
    >
      <path d={shapes[state]} />
    </svg>
  );
}
