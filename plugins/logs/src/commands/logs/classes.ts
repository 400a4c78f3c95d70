import { OpsCommand } from '@om-ops/kit';
import { formatTable } from '@om-ops/kit/text';
import { classesOf, classOf } from '../../classes.ts';
import { collectErrors } from '../../errors/collect.ts';
import { sinceFlag, sourceArgs, untilFlag, windowOf } from '../../flags.ts';
import { reading } from '../../look.ts';
import { decoded } from '../../scan/chunks.ts';
import { understoodOf } from '../../scan/format.ts';
import { logSources } from '../../sources/source.ts';

interface CountedClass {
  name: string;
  count: number;
  sources: string[];
  /** One of its lines, without secrets; null when there is none. */
  sample: string | null;
}

interface ClassesResult {
  lines: number;
  /** Warnings and errors. */
  looked: number;
  understoodPercent: number;
  classes: CountedClass[];
  /** Warnings and errors of no class. */
  other: number;
}

export default class LogsClasses extends OpsCommand<typeof LogsClasses, ClassesResult> {
  static override summary =
    'Sort warnings and errors by kind: database, auth, resources, network, and your own.';
  static override description =
    'Looks at warnings and errors only, as whole words and by the field of the status: a module called memory_sync is no want of memory, and 401 in an id no refused login. A line counts for the first class it is of, those of the profile (logs.classes) first. Ends with 7 when under 80 % of the lines were understood.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --since 24h',
    '<%= config.bin %> <%= command.id %> app --json',
  ];
  static override args = sourceArgs;
  static override flags = { ...sinceFlag, ...untilFlag };

  protected override async perform(): Promise<ClassesResult> {
    const { signal, redactor } = this.operation;
    const window = windowOf(this.flags);
    const redact = (text: string) => redactor.foreign(text);
    const { sources, section, failures } = await logSources(
      this.site,
      this.abilities,
      this.args.sources as string[] | undefined,
    );
    for (const failure of failures) this.incomplete(`${failure}.`);
    const classes = classesOf(section.classes);
    const counted = new Map<string, { count: number; sources: Set<string>; sample: string | null }>(
      classes.map(({ name }) => [name, { count: 0, sources: new Set(), sample: null }]),
    );
    let other = 0;
    const read = reading(sources, {
      warn: (message) => this.operation.warn(message),
      ...window,
      signal,
      redact,
    });
    const found = await this.runTask({
      title: 'Read the logs',
      run: () =>
        collectErrors(read.feeds, {
          least: 'warning',
          ...window,
          each(line, source) {
            const one = counted.get(classOf(decoded(line), classes) ?? '');
            if (one === undefined) {
              other += 1;
              return;
            }
            one.count += 1;
            one.sources.add(source);
            one.sample ??= redact(decoded(line.slice(0, 500)));
          },
        }),
    });
    for (const lack of read.lacks(found.formats)) this.incomplete(lack);
    return {
      lines: found.lines,
      looked: found.errors,
      understoodPercent: understoodOf(found.formats),
      classes: [...counted].map(([name, { count, sources: from, sample }]) => ({
        name,
        count,
        sources: [...from],
        sample,
      })),
      other,
    };
  }

  protected override text({ classes, other, looked, lines }: ClassesResult): string {
    const table = formatTable<CountedClass>(
      [
        { head: 'Class', cell: ({ name }) => name },
        { head: 'Lines', cell: ({ count }) => String(count), align: 'right' },
        { head: 'Sources', cell: ({ sources }) => sources.join(', ') },
        { head: 'For example', cell: ({ sample }) => (sample ?? '').slice(0, 100) },
      ],
      classes,
    );
    return `${table}\n\n${other} of ${looked} warnings and errors are of no class; ${lines} lines were read.`;
  }
}
