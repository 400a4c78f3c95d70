import { parseDuration } from '@om-ops/kit';
import { z } from '@om-ops/kit/site';

/** A length of time in the profile: `30s`, `4h`. */
export const durationText = z.string().refine(
  (text) => {
    try {
      return parseDuration(text) > 0;
    } catch {
      return false;
    }
  },
  { error: 'expected a length of time: 30s, 5m, 4h, 2d' },
);
