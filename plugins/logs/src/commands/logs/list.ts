import { logTimeOf, OpsCommand } from '@om-ops/kit';
import { formatBytes, formatTable } from '@om-ops/kit/text';
import { sourceArgs } from '../../flags.ts';
import { reading } from '../../look.ts';
import type { Format } from '../../scan/format.ts';
import { understoodOf } from '../../scan/format.ts';
import { logSources } from '../../sources/source.ts';

interface ListedSource {
  name: string;
  kind: 'files' | 'lines';
  /** Live logs. */
  files: string[];
  /** How many generations were rotated away from them. */
  generations: number;
  bytes: number;
  /** Of its lines; null where they do not say. ISO 8601. */
  first: string | null;
  last: string | null;
  format: Format['kind'];
  /** The share of lines that was understood, of those that were looked at. */
  understoodPercent: number;
}

interface ListResult {
  sources: ListedSource[];
}

export default class LogsList extends OpsCommand<typeof LogsList, ListResult> {
  static override summary = 'List where the application writes, and what of it is understood.';
  static override description =
    'Files with their rotated generations, size, first and last time, and the share of lines whose time, level or fields are understood: samples of large files, all of small ones. Ends with 7 when that is under 80 %, with three lines that were not understood, or when something could not be read.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> app --json',
  ];
  static override args = sourceArgs;

  protected override async perform(): Promise<ListResult> {
    const { signal, redactor } = this.operation;
    const { sources, failures } = await logSources(
      this.site,
      this.abilities,
      this.args.sources as string[] | undefined,
    );
    for (const failure of failures) this.incomplete(`${failure}.`);
    const listed: ListedSource[] = [];
    for (const source of sources) {
      const { feeds, lacks } = reading([source], {
        warn: (message) => this.operation.warn(message),
        signal,
        redact: (text) => redactor.foreign(text),
      });
      const seen = { formats: [] as Format[], first: Number.POSITIVE_INFINITY, last: 0 };
      for await (const { format, chunks } of feeds) {
        seen.formats.push(format);
        // The times at both ends are enough.
        for await (const chunk of chunks) {
          note(chunk, seen);
          if (source.lines === null) break;
        }
      }
      for (const { path, packed } of source.files.slice(-1))
        if (packed === null) await noteEnd(path, seen);
      for (const lack of lacks(seen.formats)) this.incomplete(`${source.name}: ${lack}`);
      const live = source.files.filter(({ isRotated }) => !isRotated);
      if (source.lines === null && source.files.length === 0)
        this.incomplete(`${source.name} has no file: ${source.patterns.join(', ')}`);
      listed.push({
        name: source.name,
        kind: source.lines === null ? 'files' : 'lines',
        files: live.map(({ path }) => path),
        generations: source.files.length - live.length,
        bytes: source.files.reduce((sum, { bytes }) => sum + bytes, 0),
        first: Number.isFinite(seen.first) ? new Date(seen.first).toISOString() : null,
        last: seen.last === 0 ? null : new Date(seen.last).toISOString(),
        format: seen.formats.at(-1)?.kind ?? 'unknown',
        understoodPercent: understoodOf(seen.formats),
      });
    }
    return { sources: listed };
  }

  protected override text({ sources }: ListResult): string {
    return formatTable<ListedSource>(
      [
        { head: 'Source', cell: ({ name }) => name },
        {
          head: 'Files',
          cell: ({ files, kind }) => (kind === 'lines' ? '–' : String(files.length)),
          align: 'right',
        },
        { head: 'Older', cell: ({ generations }) => String(generations), align: 'right' },
        {
          head: 'Size',
          cell: ({ bytes, kind }) => (kind === 'lines' ? '–' : formatBytes(bytes)),
          align: 'right',
        },
        { head: 'From', cell: ({ first }) => first ?? '–' },
        { head: 'To', cell: ({ last }) => last ?? '–' },
        { head: 'Format', cell: ({ format }) => format },
        { head: 'Understood', cell: (one) => `${one.understoodPercent} %`, align: 'right' },
      ],
      sources,
    );
  }
}

function note(chunk: string, seen: { first: number; last: number }): void {
  for (const part of [chunk.slice(0, 4096), chunk.slice(-4096)])
    for (const line of part.split('\n')) {
      const time = logTimeOf(line);
      if (time === undefined) continue;
      seen.first = Math.min(seen.first, time);
      seen.last = Math.max(seen.last, time);
    }
}

async function noteEnd(path: string, seen: { first: number; last: number }): Promise<void> {
  const { samplesOf } = await import('../../scan/chunks.ts');
  note(samplesOf(path).at(-1) ?? '', seen);
}
