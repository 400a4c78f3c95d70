import { interrupted, isOpsError, messageOf, OpsError } from './errors.ts';
import type { Progress } from './progress.ts';

/** One thing that a plan would change. */
export interface Change {
  kind: 'create' | 'edit' | 'remove' | 'permissions' | 'run';
  /** A path, or what is run. */
  what: string;
  /** Unified diff, for an edit. */
  diff?: string;
  /** What else there is to say: `0644 → 0755`. */
  detail?: string;
}

/** Something that is changed only as it was shown, and put back when it does not work. */
export interface Guarded<P> {
  /** Looks and changes nothing. Keeps in the plan what `undo` needs. */
  plan(progress: Progress): Promise<P>;
  /** None: it is so already. */
  changes(plan: P): readonly Change[];
  /** What is about to happen, as a sentence. */
  question(plan: P): string;
  /** Whether what the plan was made from is still there: it was shown, and read, meanwhile. */
  stillHolds?(plan: P): Promise<boolean>;
  apply(plan: P, progress: Progress): Promise<void>;
  /** What is wrong now, as a sentence; undefined: it works. */
  verify(plan: P, progress: Progress): Promise<string | undefined>;
  /** Puts back whatever `apply` did, all or a part. Not ended by Ctrl-C. */
  undo(plan: P, signal: AbortSignal): Promise<void>;
  /** How long `undo` may take. Default 60 s. */
  undoMs?: number;
}

export interface GuardedResult {
  outcome: 'planned' | 'unchanged' | 'applied' | 'undone';
  changes: readonly Change[];
  /** Why it was undone. */
  problem?: string;
}

export interface GuardedContext {
  dryRun: boolean;
  signal: AbortSignal;
  /** Draws one step. */
  step<T>(title: string, run: (progress: Progress) => Promise<T>): Promise<T>;
  show(changes: readonly Change[]): void;
  confirm(question: string): Promise<void>;
  lock(): Promise<void>;
  protect<T>(
    what: string,
    deadlineMs: number,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T>;
}

/**
 * Plan, show, confirm, apply, verify, and undo when one of the last two fails.
 *
 * @throws OpsError E_CHANGED_MEANWHILE (exit 1), E_UNDO_FAILED (exit 1), E_UNCONFIRMED (3), E_LOCKED (4);
 * what `plan` throws; what `apply` throws, once it is undone
 */
export async function runGuarded<P>(
  guarded: Guarded<P>,
  context: GuardedContext,
): Promise<GuardedResult> {
  if (!context.dryRun) await context.lock();
  const plan = await context.step('Plan', (progress) => guarded.plan(progress));
  const changes = guarded.changes(plan);
  if (changes.length === 0) return { outcome: 'unchanged', changes };
  if (context.dryRun) return { outcome: 'planned', changes };
  context.show(changes);
  await context.confirm(guarded.question(plan));
  if ((await guarded.stillHolds?.(plan)) === false) {
    throw new OpsError(
      'E_CHANGED_MEANWHILE',
      'What was shown is not what is there any more; nothing was changed.',
      {
        suggestions: ['Look at it again: --dry-run'],
      },
    );
  }
  let problem: string | undefined;
  let failure: unknown;
  try {
    await context.step('Apply', (progress) => guarded.apply(plan, progress));
    problem = await context.step('Verify', (progress) => guarded.verify(plan, progress));
    if (problem === undefined) return { outcome: 'applied', changes };
  } catch (error) {
    failure = error;
  }
  await undo(guarded, plan, context, problem ?? messageOf(failure));
  if (context.signal.aborted) throw interrupted('everything is as it was before');
  if (problem === undefined) throw undone(failure);
  return { outcome: 'undone', changes, problem };
}

async function undo<P>(
  guarded: Guarded<P>,
  plan: P,
  context: GuardedContext,
  why: string,
): Promise<void> {
  try {
    await context.protect('putting back what was there', guarded.undoMs ?? 60_000, (signal) =>
      guarded.undo(plan, signal),
    );
  } catch (error) {
    throw new OpsError(
      'E_UNDO_FAILED',
      `${why} And it could not be put back: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

function undone(failure: unknown): unknown {
  if (!isOpsError(failure)) return failure;
  const error = new OpsError(failure.code, `${failure.message} Everything is as it was before.`, {
    suggestions: failure.suggestions,
    cause: failure,
  });
  return Object.assign(error, { exit: failure.exit });
}
