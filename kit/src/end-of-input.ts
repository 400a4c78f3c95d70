/** Thrown by {@link untilEndOfInput}. */
export class EndOfInput extends Error {
  override readonly name = 'EndOfInput';

  constructor() {
    super('The input ended before it was answered.');
  }
}

/** True for an EndOfInput of this or of another copy of the kit. */
export function isEndOfInput(error: unknown): error is EndOfInput {
  return error instanceof Error && error.name === 'EndOfInput';
}

/**
 * The answer to a prompt on stdin. At Ctrl-D the prompts close their reader and settle nothing, which
 * would end the process with Node's warning of an await that never ends.
 *
 * @param prompt is given the signal to end it with
 * @throws EndOfInput at Ctrl-D or when stdin ends; whatever the prompt throws otherwise
 */
export async function untilEndOfInput<T>(
  prompt: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const ended = new AbortController();
  const end = () => ended.abort();
  // A reader that closes pauses what it read from; nothing else does so while it is asked.
  for (const event of ['pause', 'end', 'close']) process.stdin.once(event, end);
  try {
    return await prompt(
      signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]),
    );
  } catch (error) {
    const isAborted = error instanceof Error && error.name === 'AbortPromptError';
    throw isAborted && signal?.aborted !== true ? new EndOfInput() : error;
  } finally {
    for (const event of ['pause', 'end', 'close']) process.stdin.off(event, end);
  }
}
