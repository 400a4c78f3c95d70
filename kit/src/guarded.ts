import {
  clauseOf,
  fromSystemError,
  internalError,
  interrupted,
  isOpsError,
  messageOf,
  OpsError,
} from './errors.ts';
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
  /** What is about to happen, as a sentence. Left out: nobody is asked, as for commands that are not marked ⚠. */
  question?(plan: P): string;
  /** Whether what the plan was made from is still there: it was shown, and read, meanwhile. */
  stillHolds?(plan: P): Promise<boolean>;
  /** Stops soon when `progress.signal` aborts. Keeps in the plan how far it came. */
  apply(plan: P, progress: Progress): Promise<void>;
  /** What is wrong now, as a sentence; undefined: it works. */
  verify?(plan: P, progress: Progress): Promise<string | undefined>;
  /**
   * Puts back whatever `apply` did, all or a part. Not ended by Ctrl-C; its signal aborts after `undoMs`.
   * Left out for what cannot be put back: what was done then stays, and `standing` says what that is. Without
   * `standing` too the error is the one that `apply` throws, word for word, and where nothing was touched there
   * is no result.
   */
  undo?(plan: P, signal: AbortSignal): Promise<void>;
  /** How long `undo` may take. Default 60 s. */
  undoMs?: number;
  /** What stands where now, as sentences: for a change that failed and was not put back. */
  standing?(plan: P): string;
  /** What was really changed so far, for the audit trail. Default: every change's `what`. */
  touched?(plan: P): readonly string[];
}

export interface GuardedResult {
  /**
   * `planned`: a dry run. `undone`: applied, and put back. `partial`: it failed and was not put back, all or in
   * part.
   */
  outcome: 'planned' | 'unchanged' | 'applied' | 'undone' | 'partial';
  changes: readonly Change[];
  /** Why it was undone, or is partial. */
  problem?: string;
}

export interface GuardedContext<P> {
  dryRun: boolean;
  signal: AbortSignal;
  /** Draws one step. */
  step<T>(title: string, run: (progress: Progress) => Promise<T>): Promise<T>;
  show(changes: readonly Change[]): void;
  confirm(question: string): Promise<void>;
  lock(): Promise<void>;
  touch(...what: readonly string[]): void;
  /** Keeps the result for the envelope, whatever is thrown next. */
  keep(result: GuardedResult, plan: P): void;
  protect<T>(
    what: string,
    deadlineMs: number,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T>;
}

/**
 * Lock, plan, show, confirm, look again, apply, verify, and undo when one of the last two fails or is
 * interrupted. A dry run plans and does nothing else: it takes no lock.
 *
 * @throws OpsError E_CHANGED_MEANWHILE (exit 1), E_UNDONE (1), E_UNDO_FAILED (1), E_INTERRUPTED (130),
 * E_UNCONFIRMED (3), E_LOCKED (4); what `plan` throws; without `undo` what `apply` throws
 */
export async function runGuarded<P>(
  guarded: Guarded<P>,
  context: GuardedContext<P>,
): Promise<{ result: GuardedResult; plan: P }> {
  if (!context.dryRun) await context.lock();
  const plan = await context.step('Plan', (progress) => guarded.plan(progress));
  const changes = guarded.changes(plan);
  if (changes.length === 0) return { result: { outcome: 'unchanged', changes }, plan };
  if (context.dryRun) return { result: { outcome: 'planned', changes }, plan };
  context.show(changes);
  const question = guarded.question?.(plan);
  if (question !== undefined) await context.confirm(question);
  if ((await guarded.stillHolds?.(plan)) === false) {
    throw new OpsError(
      'E_CHANGED_MEANWHILE',
      'What was shown is not what is there any more; nothing was changed.',
      { suggestions: ['Look at it again: --dry-run'] },
    );
  }
  context.signal.throwIfAborted();
  // From here to the end in one piece: left in the middle, nobody would put it back.
  const changing = `ending the change of ${named(changes)}`;
  return context.protect(changing, Number.POSITIVE_INFINITY, async () => {
    const failure = await applied(guarded, plan, context);
    if (failure === undefined) {
      context.touch(...touchedBy(guarded, plan, changes));
      return { result: { outcome: 'applied', changes }, plan };
    }
    throw await takenBack(guarded, { plan, changes, failure }, context);
  });
}

/** What was thrown while applying and verifying, or was found wrong; undefined: it works. */
async function applied<P>(
  guarded: Guarded<P>,
  plan: P,
  { step }: GuardedContext<P>,
): Promise<{ error: unknown } | undefined> {
  try {
    await step('Apply', (progress) => guarded.apply(plan, progress));
    if (guarded.verify === undefined) return undefined;
    const problem = await step('Verify', async (progress) => guarded.verify?.(plan, progress));
    return problem === undefined ? undefined : { error: new OpsError('E_UNDONE', problem) };
  } catch (error) {
    return { error };
  }
}

interface Failed<P> {
  plan: P;
  changes: readonly Change[];
  failure: { error: unknown };
}

/** Puts it back, if it can be, and returns the error to end with. */
async function takenBack<P>(
  guarded: Guarded<P>,
  { plan, changes, failure }: Failed<P>,
  context: GuardedContext<P>,
): Promise<unknown> {
  const { aborted } = context.signal;
  const problem = aborted ? 'It was interrupted.' : sentence(messageOf(failure.error));
  const keep = (outcome: GuardedResult['outcome'], why: string) => {
    context.touch(...touchedBy(guarded, plan, changes));
    context.keep({ outcome, changes, problem: why }, plan);
  };
  const standing = () => guarded.standing?.(plan) ?? '';
  if (guarded.undo === undefined) {
    if (guarded.standing === undefined) {
      if (touchedBy(guarded, plan, changes).length > 0) keep('partial', problem);
      return failure.error;
    }
    keep('partial', problem);
    if (aborted) return interrupted(clauseOf(standing()));
    return andStands(failure.error, standing());
  }
  try {
    await context.protect(`putting back ${named(changes)}`, guarded.undoMs ?? 60_000, (signal) =>
      // It is there: asked above.
      Promise.resolve(guarded.undo?.(plan, signal)),
    );
  } catch (error) {
    const why = `${problem} And it could not be put back: ${sentence(messageOf(error))}`;
    keep('partial', why);
    return new OpsError('E_UNDO_FAILED', `${why} ${standing()}`.trim(), {
      suggestions: [
        ...(isOpsError(error) ? error.suggestions : []),
        ...(guarded.standing === undefined ? [`Look at what stands there: ${named(changes)}`] : []),
      ],
      cause: error,
    });
  }
  keep('undone', problem);
  if (aborted) return interrupted('everything is as it was before');
  return new OpsError('E_UNDONE', `${problem} Everything is as it was before.`, {
    suggestions: isOpsError(failure.error) ? failure.error.suggestions : [],
    cause: failure.error,
  });
}

function touchedBy<P>(guarded: Guarded<P>, plan: P, changes: readonly Change[]): readonly string[] {
  return guarded.touched?.(plan) ?? changes.map(({ what }) => what);
}

/** The same error, which also says what stands where. */
function andStands(thrown: unknown, standing: string): OpsError {
  const isSystem = thrown instanceof Error && 'syscall' in thrown;
  if (!isOpsError(thrown) && !isSystem) return internalError(thrown, standing);
  const path = isSystem && 'path' in thrown ? String(thrown.path) : undefined;
  const error = isSystem ? fromSystemError(thrown, String(thrown.syscall), path) : thrown;
  const message = `${sentence(error.message)} ${standing}`.trim();
  const { code, suggestions, exit } = error;
  return Object.assign(new OpsError(code, message, { suggestions, cause: thrown }), { exit });
}

function named(changes: readonly Change[]): string {
  const [first, ...others] = changes.map(({ what }) => what);
  return others.length === 0 ? `${first}` : `${first} and ${others.length} more`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
