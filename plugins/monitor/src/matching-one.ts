import { OpsError } from '@om-ops/kit';
import { printableName } from '@om-ops/kit/text';

export interface Matching<T> {
  idOf(one: T): string;
  /** What else it goes by; of several that share it the first is meant. */
  nameOf?(one: T): string;
  code: `E_NO_${string}`;
  /** What to say when there is none: `No alert`, `is open.` */
  none: readonly [before: string, after: string];
  /** `open alerts`. */
  many: string;
  /** The command that lists them. */
  see: string;
}

/**
 * The one that is meant: by its ID, its name, or the beginning of an ID that no other shares.
 *
 * @throws OpsError E_NO_…, E_AMBIGUOUS (exit 2)
 */
export function matchingOne<T>(all: readonly T[], given: string, matching: Matching<T>): T {
  const { idOf, nameOf, code, none, many, see } = matching;
  const wanted = given.trim();
  const exact = all.find((one) => idOf(one) === wanted || nameOf?.(one) === wanted);
  if (exact !== undefined) return exact;
  const begun = wanted === '' ? [] : all.filter((one) => idOf(one).startsWith(wanted));
  const [found, other] = begun;
  if (found !== undefined && other === undefined) return found;
  const name = wanted === '' ? '""' : printableName(wanted);
  if (found === undefined)
    throw new OpsError(code, `${none[0]} ${name} ${none[1]}`, {
      exit: 'usage',
      suggestions: [`See which there are: ${see}`],
    });
  const ids = begun.slice(0, 8).map((one) => printableName(idOf(one)));
  throw new OpsError('E_AMBIGUOUS', `${begun.length} ${many} have IDs that begin with ${name}.`, {
    exit: 'usage',
    suggestions: [`Give more of it, one of: ${ids.join(', ')}`],
  });
}
