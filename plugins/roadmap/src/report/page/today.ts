import { useClock, useNow } from '@om-ops/kit/page';

/** `YYYY-MM-DD` in the site's zone when the page is read: a page of last week must not call late what is later. */
export function useToday(): string {
  const clock = useClock();
  return clock.day(useNow());
}
