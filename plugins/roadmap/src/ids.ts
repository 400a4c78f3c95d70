import { randomInt } from 'node:crypto';
import { OpsError } from '@om-ops/kit';
import { printableName } from '@om-ops/kit/text';

/** Neither 0 and o nor 1, i and l: they are read aloud and typed. */
const letters = 'abcdefghjkmnpqrstuvwxyz';
const digits = '23456789';
const length = 5;

/** A short ID that none of these is, nor begins with or is the beginning of. */
export function newId(taken: ReadonlySet<string>): string {
  for (;;) {
    const pick = (from: string): string => from.charAt(randomInt(from.length));
    const rest = Array.from({ length: length - 1 }, () => pick(letters + digits));
    const id = pick(letters) + rest.join('');
    if (![...taken].some((other) => other.startsWith(id) || id.startsWith(other))) return id;
  }
}

/**
 * The one whose ID is `given`, or else the only one whose ID begins with it.
 *
 * @throws OpsError E_NO_MILESTONE, E_AMBIGUOUS (exit `usage`)
 */
export function idMatching(ids: readonly string[], given: string, removed: readonly string[] = []) {
  const wanted = given.trim();
  if (ids.includes(wanted)) return wanted;
  const small = wanted.toLowerCase();
  const found = small === '' ? [] : ids.filter((id) => id.toLowerCase().startsWith(small));
  if (found.length === 1) return found[0] as string;
  const exact = found.filter((id) => id.toLowerCase() === small);
  if (exact.length === 1) return exact[0] as string;
  const name = printableName(given);
  if (found.length === 0) {
    const isGone = removed.includes(wanted);
    const what = isGone
      ? `The milestone ${name} was removed.`
      : `No milestone has the ID ${name === '' ? '""' : name}.`;
    throw new OpsError('E_NO_MILESTONE', what, {
      exit: 'usage',
      suggestions: isGone
        ? [`See what it was: om-ops roadmap history ${name}`]
        : ['See which there are: om-ops roadmap list'],
    });
  }
  throw new OpsError(
    'E_AMBIGUOUS',
    `${found.length} milestones have IDs that begin with ${name}.`,
    {
      exit: 'usage',
      suggestions: [`Give more of it, one of: ${found.slice(0, 8).map(printableName).join(', ')}`],
    },
  );
}
