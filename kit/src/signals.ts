import { type ExitCode, exitCodes, interrupted } from './errors.ts';
import type { Operation } from './operation/operation.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Signal = (typeof signals)[number];

/** How long the operation may take to end after the first signal, and again after protected work. */
const graceMs = 8000;
/** How long writing down what happened may take on the way out. */
const wayOutMs = 5000;
/** A terminal's Ctrl-C and the SIGTERM that a parent sends for it come so close together. */
const togetherMs = 1500;

export interface SignalHandling {
  /** Writes down that the operation was left, at once: what is printed, the log line, the changelog entry. */
  leaving(): Promise<void>;
}

/**
 * Ends the operation on the first signal, and the process on the second or when ending takes more than
 * eight seconds; half-written files then wait for the next run, which removes them. Protected work (see
 * {@link Operation.protect}) is waited for however long it takes, and only a third signal leaves it.
 * Whichever way the process ends, it ends with 130, and `leaving` has written it down.
 *
 * The handlers stay until they are taken away: a signal that comes when all is done, while the result
 * is printed or the log line is written, still ends with 130 and a log line.
 *
 * @returns takes the handlers away again
 */
export function handleSignals(operation: Operation, { leaving }: SignalHandling): () => void {
  let wanted = 0;
  let last: { signal: Signal; at: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isLeaving = false;

  const leave = () => {
    const exit = () => process.exit(exitCodes.interrupted);
    if (isLeaving) exit();
    isLeaving = true;
    setTimeout(exit, wayOutMs);
    leaving().then(exit, exit);
  };
  const waitThenLeave = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (operation.protectedWork === undefined) leave();
      else operation.whenUnprotected().then(() => waitThenLeave(graceMs));
    }, ms);
  };
  const begin = () => {
    if (operation.isOver) return leave();
    if (operation.protectedWork !== undefined)
      say(operation, `Waiting until this is finished: ${operation.protectedWork}.`);
    if (operation.outcome !== undefined) endLate(operation, operation.outcome.exit);
    waitThenLeave(graceMs);
    operation.abort(interrupted());
  };
  const insist = () => {
    const { protectedWork } = operation;
    if (protectedWork === undefined || wanted > 2) return leave();
    const seconds = Math.round(operation.protectedForMs / 1000);
    say(
      operation,
      `Still ${protectedWork}, for ${seconds} s now. Ctrl-C once more leaves it half done.`,
    );
  };
  const handler = (signal: Signal) => {
    const now = performance.now();
    const before = last;
    last = { signal, at: now };
    if (before !== undefined && isSameWish(before, { signal, at: now })) return;
    wanted += 1;
    if (wanted === 1) begin();
    else insist();
  };
  for (const signal of signals) process.on(signal, handler);
  operation.onOver(() => clearTimeout(timer));
  return () => {
    clearTimeout(timer);
    for (const signal of signals) process.off(signal, handler);
  };
}

/**
 * One wish comes as several signals: Ctrl-C reaches the whole group of the terminal, and the parent sends
 * SIGTERM for it; a terminal that closes sends SIGHUP by itself and by its shell.
 */
function isSameWish(
  before: { signal: Signal; at: number },
  now: { signal: Signal; at: number },
): boolean {
  if (now.signal === 'SIGHUP') return true;
  return now.signal !== before.signal && now.at - before.at < togetherMs;
}

/**
 * All is done and perhaps printed; the exit code and the log line say that a signal came all the same.
 * What failed keeps its own exit code: why it failed is worth more.
 */
function endLate(operation: Operation, exit: ExitCode): void {
  if (exit !== exitCodes.ok && exit !== exitCodes.unhealthy && exit !== exitCodes.incomplete)
    return;
  const { code, message } = interrupted('it was done already');
  operation.outcome = { exit: exitCodes.interrupted, code, message };
  // Whoever ends the process sets the code of what was printed after us.
  process.once('exit', () => {
    process.exitCode = exitCodes.interrupted;
  });
}

function say(operation: Operation, message: string): void {
  process.stderr.write(`${operation.redactor.text(message)}\n`);
}
