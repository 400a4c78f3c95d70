import { addAbortSignal, type Readable } from 'node:stream';
import { OpsError } from '@om-ops/kit';

/** Longer texts belong in a file: the report and every later reading would have to carry them. */
export const longestText = 1024 * 1024;

/**
 * The text of an entry: as given, or all of `stdin` for `-`. One newline at the end is dropped.
 *
 * @throws OpsError E_BAD_ENTRY (exit 2) when it is empty, not UTF-8, or longer than 1 MiB; the
 * AbortError of `signal`
 */
export async function entryText(
  given: string,
  stdin: Readable,
  signal?: AbortSignal,
): Promise<string> {
  const text = (given === '-' ? await readAll(stdin, signal) : given).replace(/\r?\n$/, '');
  if (text.trim() === '') {
    throw badEntry(
      'An entry needs a text; this one is empty.',
      'Give it: --text "…", or --text - and the text on stdin',
    );
  }
  if (Buffer.byteLength(text) > longestText) throw tooLong();
  return text;
}

async function readAll(stdin: Readable, signal: AbortSignal | undefined): Promise<string> {
  if ((stdin as Readable & { isTTY?: boolean }).isTTY === true)
    process.stderr.write('Type the text; Ctrl-D ends it.\n');
  // Ctrl-C ends the waiting for a text that is still being typed.
  if (signal !== undefined) addAbortSignal(signal, stdin);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > longestText + 2) throw tooLong();
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw badEntry('The text on stdin is not UTF-8.', 'Attach the file instead: --attach PATH');
  }
}

function tooLong(): OpsError {
  return badEntry(
    'The text of an entry is 1 MiB at the most.',
    'Put it into a file and attach that: --attach PATH',
  );
}

function badEntry(message: string, suggestion: string): OpsError {
  return new OpsError('E_BAD_ENTRY', message, { exit: 'usage', suggestions: [suggestion] });
}
