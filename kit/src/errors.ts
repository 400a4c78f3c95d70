import { printableName } from './text/format.ts';

/** Exit codes of docs/surface.md, by what they mean. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  unconfirmed: 3,
  locked: 4,
  requirement: 5,
  unhealthy: 6,
  incomplete: 7,
  interrupted: 130,
} as const;

export type ExitName = keyof typeof exitCodes;
export type ExitCode = (typeof exitCodes)[ExitName];

export interface OpsErrorOptions {
  /** Default `failed`. */
  exit?: Exclude<ExitName, 'ok'>;
  /** What to do next: whole sentences, or commands that can be copied. */
  suggestions?: readonly string[];
  cause?: unknown;
}

/**
 * An expected failure: printed as one sentence and its suggestions, never with a stack.
 *
 * `code` is stable and starts with `E_`; scripts match on it.
 */
export class OpsError extends Error {
  override readonly name = 'OpsError';
  readonly code: `E_${string}`;
  readonly exit: ExitCode;
  readonly suggestions: readonly string[];

  constructor(code: `E_${string}`, message: string, options: OpsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.exit = exitCodes[options.exit ?? 'failed'];
    this.suggestions = options.suggestions ?? [];
  }
}

/** True for an OpsError of this or of another copy of the kit. */
export function isOpsError(error: unknown): error is OpsError {
  return error instanceof Error && error.name === 'OpsError' && 'exit' in error && 'code' in error;
}

/** The error an aborted operation ends with. `state`, without a full stop: what became of what it wrote. */
export function interrupted(state = 'nothing half-written was left behind'): OpsError {
  return new OpsError('E_INTERRUPTED', `Interrupted; ${state}.`, { exit: 'interrupted' });
}

const unwritable = new Set(['E_PERMISSION', 'E_READ_ONLY', 'E_LOCKED', 'E_DISK_FULL']);

/** Whether writing failed for want of permission, room or a free lock: what only mends may go without. */
export function isUnwritable(error: unknown): error is OpsError {
  return isOpsError(error) && unwritable.has(error.code);
}

/** What was thrown and is no OpsError: a mistake of ours. `state`, a sentence: what became of what it wrote. */
export function internalError(thrown: unknown, state?: string): OpsError {
  const what = `An unexpected error, which is a bug in om-ops: ${messageOf(thrown)}.`;
  return new OpsError('E_INTERNAL', state === undefined ? what : `${what} ${state}`, {
    suggestions: ['Run it again with DEBUG=om-ops for the stack, and report it.'],
    cause: thrown,
  });
}

/**
 * What was thrown first: `await using` throws what a disposer threw around it. `onLater` gets what was
 * thrown after it.
 */
export function firstError(thrown: unknown, onLater?: (later: unknown) => void): unknown {
  let error = thrown;
  // By its name: Node 22 has no class of this name.
  while (error instanceof Error && error.name === 'SuppressedError' && 'suppressed' in error) {
    if ('error' in error) onLater?.(error.error);
    error = error.suppressed;
  }
  return error;
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error's sentence as the end of another one. */
export function clauseOf(message: string): string {
  return message.replace(/\.$/, '');
}

/** The `code` of a system error (`ENOENT`), if it has one. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** Whether what failed was this process or machine, out of descriptors or memory: it says nothing of the file. */
export function isExhausted(error: unknown): boolean {
  return ['EMFILE', 'ENFILE', 'ENOMEM'].includes(systemCode(error) ?? '');
}

/** Turns what the file system threw into an OpsError that says what to do next. */
export function fromSystemError(error: unknown, doing: string, path?: string): OpsError {
  if (isOpsError(error)) return error;
  const code = systemCode(error);
  const where = path === undefined ? '' : ` ${printableName(path)}`;
  switch (code) {
    case 'ENOENT':
      return new OpsError('E_NOT_FOUND', `Cannot ${doing}${where}: it does not exist.`, {
        exit: 'requirement',
        suggestions: ['Check the path in the site profile: om-ops config show'],
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new OpsError('E_PERMISSION', `Cannot ${doing}${where}: permission denied.`, {
        exit: 'requirement',
        suggestions: ['Run the command with sudo, or as the user who owns the path.'],
        cause: error,
      });
    case 'ENOTDIR':
      return new OpsError(
        'E_NOT_A_FOLDER',
        `Cannot ${doing}${where}: a part of the path is no folder.`,
        {
          exit: 'requirement',
          suggestions: ['Check the path in the site profile: om-ops config show'],
          cause: error,
        },
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return new OpsError('E_DISK_FULL', `Cannot ${doing}${where}: no space left on the disk.`, {
        suggestions: [
          'Free some space, or set `state` in the site profile to a folder on a larger disk.',
        ],
        cause: error,
      });
    case 'EROFS':
      return new OpsError('E_READ_ONLY', `Cannot ${doing}${where}: the file system is read-only.`, {
        exit: 'requirement',
        suggestions: ['Set `state` in the site profile, or OM_OPS_STATE, to a writable folder.'],
        cause: error,
      });
    case 'EMFILE':
    case 'ENFILE':
      return new OpsError('E_TOO_MANY_FILES', `Cannot ${doing}${where}: too many open files.`, {
        suggestions: ['Raise the limit for this run: ulimit -n 4096'],
        cause: error,
      });
    case 'ENOMEM':
      return new OpsError('E_NO_MEMORY', `Cannot ${doing}${where}: no memory is left.`, {
        suggestions: ['Run it again when the machine has more free memory.'],
        cause: error,
      });
    default:
      return new OpsError('E_IO', `Cannot ${doing}${where}: ${printableName(messageOf(error))}.`, {
        cause: error,
      });
  }
}
