import { addAbortSignal, type Readable } from 'node:stream';
import { interrupted, isEndOfInput, OpsError, untilEndOfInput } from '@om-ops/kit';

const longest = 64 * 1024;

/**
 * The value to set: all of standard input, without the newline at its end; asked for, unseen, on a terminal.
 *
 * @throws OpsError E_USAGE (exit 2)
 */
export async function givenValue(
  name: string,
  stdin: Readable & { isTTY?: boolean },
  signal: AbortSignal,
): Promise<string> {
  const value = stdin.isTTY === true ? await asked(name, signal) : await read(stdin, signal);
  if (value === '')
    throw bad(
      `No value for ${name} came on standard input.`,
      `Give one: openssl rand -base64 32 | om-ops env set ${name}=-`,
    );
  if (value.includes('\0'))
    throw bad('The value has a zero byte in it.', 'An env file holds text only.');
  return value;
}

async function asked(name: string, signal: AbortSignal): Promise<string> {
  const { password } = await import('@inquirer/prompts');
  try {
    return await untilEndOfInput(
      (both) =>
        password(
          { message: `Value of ${name} (not shown):` },
          { signal: both, output: process.stderr },
        ),
      signal,
    );
  } catch (error) {
    if (isEndOfInput(error)) return '';
    throw interrupted();
  }
}

async function read(stdin: Readable, signal: AbortSignal): Promise<string> {
  addAbortSignal(signal, stdin);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stdin as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > longest)
      throw bad(
        'The value is longer than 64 KiB.',
        'Put it into a file, and its path into the variable.',
      );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true })
      .decode(Buffer.concat(chunks))
      .replace(/\r?\n$/, '');
  } catch {
    throw bad('The value on standard input is not UTF-8.', 'Encode it first: base64');
  }
}

export function bad(message: string, suggestion: string): OpsError {
  return new OpsError('E_BAD_VALUE', message, { exit: 'usage', suggestions: [suggestion] });
}
