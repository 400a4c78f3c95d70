import { execLines, type Redact } from '@om-ops/kit';
import type { LinesOptions, ServiceLine } from '../manager.ts';

/** What is read as it was written: an entry is taken apart before its text is cleaned. */
const asWritten: Redact = { foreign: (text) => text, foreignLines: () => (line) => line };

/** Going through hundreds of journal files takes minutes. */
const longestMs = 30_000;

/** What a unit has printed, from the journal: always bounded by number, and by time where that is asked. */
export async function* journalLines(
  unit: string,
  { lines, follow, since, redact, signal }: LinesOptions,
): AsyncGenerator<ServiceLine> {
  const args = [
    '--no-pager',
    '--quiet',
    '--output=json',
    '--output-fields=MESSAGE,_TRANSPORT',
    `--unit=${unit}`,
    `--lines=${lines}`,
    ...(since === undefined ? [] : [`--since=@${Math.floor(since.getTime() / 1000)}`]),
    ...(follow ? ['--follow'] : []),
  ];
  const clean = redact.foreignLines();
  const limit = follow ? {} : { timeoutMs: longestMs };
  for await (const { text, from } of execLines('journalctl', args, {
    redact: asWritten,
    signal,
    ...limit,
  })) {
    if (from === 'stderr') continue;
    const entry = entryOf(text);
    for (const line of entry.message.split(/\r?\n/))
      yield { text: clean(line), from: 'stdout', time: entry.time };
  }
}

function entryOf(text: string): { message: string; time: string | null } {
  try {
    const entry = JSON.parse(text) as Record<string, unknown>;
    const at = Number(entry.__REALTIME_TIMESTAMP);
    return {
      message: messageOf(entry.MESSAGE),
      time: Number.isFinite(at) ? new Date(at / 1000).toISOString() : null,
    };
  } catch {
    // Longer than a line may be.
    return { message: text, time: null };
  }
}

/** What is no UTF-8 comes as a list of bytes; what is too long as null. */
function messageOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value))
    return value.every((byte) => typeof byte === 'number')
      ? Buffer.from(value).toString('utf8')
      : value.map(messageOf).join('\n');
  return '(an entry without a message that can be shown)';
}
