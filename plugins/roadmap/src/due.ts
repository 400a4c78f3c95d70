import { dayStamp, OpsError } from '@om-ops/kit';
import { isDay } from './days.ts';

const fortnightMs = 14 * 86_400_000;

/**
 * The day that a user gave; null for `none` and for nothing.
 *
 * @throws OpsError E_BAD_DATE (exit `usage`)
 */
export function dueDay(text: string): string | null {
  const given = text.trim();
  if (given === '' || given === 'none') return null;
  if (isDay(given)) return given;
  const example = dayStamp(new Date(Date.now() + fortnightMs));
  throw new OpsError('E_BAD_DATE', `--due ${JSON.stringify(text)} is no day that there is.`, {
    exit: 'usage',
    suggestions: [`Give it as YYYY-MM-DD: --due ${example}; --due none takes it away.`],
  });
}
