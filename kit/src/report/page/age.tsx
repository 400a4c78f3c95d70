import { useEffect, useState } from 'preact/hooks';
import { plural } from './format.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** `just now`, `5 min ago`, `3 h ago`, `31 days ago`; '' for what lies ahead of the reader's clock. */
export function ageText(ms: number): string {
  if (ms < -minute) return '';
  if (ms < minute) return 'just now';
  if (ms < hour) return `${Math.floor(ms / minute)}\u00a0min ago`;
  if (ms < 2 * day) return `${Math.floor(ms / hour)}\u00a0h ago`;
  return `${plural(Math.floor(ms / day), 'day')} ago`;
}

interface AgeProps {
  /** ISO 8601 or milliseconds. */
  at: string | number;
  /** From when on it is marked as old; default: a day. */
  oldAfterMs?: number;
}

/** How long ago that was when the page is read, not when it was made. */
export function Age({ at, oldAfterMs = day }: AgeProps) {
  const now = useNow();
  const age = now - new Date(at).getTime();
  const text = ageText(age);
  if (text === '' || Number.isNaN(age)) return null;
  return (
    <span class="age" data-old={age >= oldAfterMs ? '' : undefined}>
      {text}
    </span>
  );
}

/** The reader's clock, read every half minute. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), minute / 2);
    return () => clearInterval(timer);
  }, []);
  return now;
}
