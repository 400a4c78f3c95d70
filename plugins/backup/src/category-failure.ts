import { exitCodes, isOpsError, messageOf, OpsError } from '@om-ops/kit';
import type { Category } from './categories.ts';

/** A category that could not be backed up while others could. */
export interface CategoryFailure {
  category: Category;
  code: string;
  message: string;
  suggestions: readonly string[];
  exit: number;
}

export function failureOf(category: Category, error: unknown): CategoryFailure {
  const known = isOpsError(error) ? error : new OpsError('E_INTERNAL', messageOf(error));
  const { code, message, suggestions, exit } = known;
  return { category, code, message, suggestions, exit };
}

/** From worst to least: plain failures before what the operator can mend, before what was only busy. */
const severity: readonly number[] = [
  exitCodes.interrupted,
  exitCodes.failed,
  exitCodes.requirement,
  exitCodes.locked,
  exitCodes.usage,
];

/** One error for a whole run: the worst of its failures, naming every category that failed. */
export function worstOf(
  failures: readonly CategoryFailure[],
  attempted: number,
): OpsError | undefined {
  const rank = ({ exit }: CategoryFailure) => {
    const at = severity.indexOf(exit);
    return at === -1 ? severity.length : at;
  };
  const [worst] = [...failures].sort((a, b) => rank(a) - rank(b));
  if (worst === undefined) return undefined;
  const single = failures.length === 1 && attempted === 1;
  const message = single
    ? worst.message
    : `${failures.length} of ${attempted} categories failed.\n${failures.map(({ category, message }) => `${category}: ${message}`).join('\n')}`;
  const error = new OpsError(worst.code as `E_${string}`, message, {
    suggestions: [...new Set(failures.flatMap(({ suggestions }) => suggestions))],
  });
  return Object.assign(error, { exit: worst.exit });
}
