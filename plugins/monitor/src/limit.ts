import { OpsError, parseDuration } from '@om-ops/kit';

/**
 * Milliseconds of a limit or a pause. A bare number is of seconds: nobody gives a check days.
 *
 * @throws OpsError E_USAGE (exit 2)
 */
export function limitOf(text: string): number {
  const ms = parseDuration(/^\d+$/.test(text.trim()) ? `${text.trim()}s` : text);
  if (ms > 0) return ms;
  throw new OpsError('E_USAGE', `\`${text}\` is no time at all.`, {
    exit: 'usage',
    suggestions: ['Write it as 5s or 1m.'],
  });
}
