import {
  type Change,
  confirmFlag,
  dryRunFlag,
  Flags,
  looksSecretSetting,
  OpsCommand,
  readEnvFiles,
} from '@om-ops/kit';
import { formatTable } from '@om-ops/kit/text';
import { sourceArgs } from '../../flags.ts';
import { reading } from '../../look.ts';
import { type FoundSecret, findSecrets, type SecretSearch } from '../../secrets/find.ts';
import { redactFile } from '../../secrets/redact.ts';
import type { LogFile } from '../../sources/files.ts';
import { logSources, type Source } from '../../sources/source.ts';

interface SecretsResult {
  /** Places, kinds and fingerprints; never a value. */
  found: FoundSecret[];
  lines: number;
  files: number;
  outcome: 'looked' | 'planned' | 'unchanged' | 'applied' | 'undone' | 'partial';
  /** Generations that were rewritten, or would be. */
  rewritten: string[];
}

interface RewritePlan {
  search: SecretSearch;
  files: LogFile[];
  done: string[];
}

export default class LogsSecrets extends OpsCommand<typeof LogsSecrets, SecretsResult> {
  static override summary = 'Find secrets in the logs, without showing one.';
  static override description =
    'First the very values of the env files, then tokens that tell by their form what they are, then values of keys that speak of secrets and look made up. Tells file, line, kind and a fingerprint, which is the same for the same secret. Ends with 6 when there is one. --redact rewrites rotated generations without them, never a log that somebody writes to: rotate it first, and let the application say less.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> app --all-generations --redact --dry-run',
  ];
  static override record = 'audit' as const;
  static override args = sourceArgs;
  static override flags = {
    ...dryRunFlag,
    ...confirmFlag,
    'all-generations': Flags.boolean({
      summary: 'Look into rotated and packed generations too.',
      default: false,
    }),
    redact: Flags.boolean({ summary: 'Take them out of rotated generations.', default: false }),
  };

  protected override async perform(): Promise<SecretsResult> {
    const { signal, redactor } = this.operation;
    const { 'all-generations': all, redact } = this.flags;
    const { sources, failures } = await logSources(
      this.site,
      this.abilities,
      this.args.sources as string[] | undefined,
    );
    for (const failure of failures) this.incomplete(`${failure}.`);
    const wanted = all || redact ? sources : sources.map(liveOnly);
    const known = new Map(
      [...readEnvFiles(this.site).values].filter(
        ([key, value]) => looksSecretSetting(key) && value.length >= 6,
      ),
    );
    const look = async () => {
      const read = reading(wanted, {
        warn: (message) => this.operation.warn(message),
        signal,
        redact: (text) => redactor.foreign(text),
      });
      const search = await findSecrets(read.feeds, known);
      for (const { name, why } of read.skipped) this.incomplete(`${name} was left out: ${why}.`);
      return search;
    };
    if (!redact) {
      const search = await this.runTask({ title: 'Look for secrets', run: look });
      this.#judge(search.found);
      return this.#result(search, wanted, 'looked', []);
    }
    return this.guarded<RewritePlan>(
      'logs',
      {
        plan: async () => {
          const search = await look();
          const files = wanted
            .flatMap((source) => source.files)
            .filter((file) => file.isRotated && search.values.has(file.path));
          return { search, files, done: [] };
        },
        changes: ({ files, search }) => files.map((file) => changeOf(file, search)),
        question: ({ files }) =>
          `${files.length} rotated ${files.length === 1 ? 'generation' : 'generations'} will be rewritten without the secrets in them; what stood there is gone.`,
        apply: async ({ files, search, done }, progress) => {
          for (const file of files) {
            progress.report({ stage: file.path });
            await redactFile(file, search.values.get(file.path) ?? new Set(), progress.signal);
            done.push(file.path);
          }
        },
        standing: ({ done, files }) =>
          `${done.length} of ${files.length} were rewritten; the others are as they were.`,
        touched: ({ done }) => done,
      },
      ({ outcome }, { search, files, done }) => {
        const left = search.found.filter(({ file }) => !done.includes(file));
        if (outcome === 'applied' || outcome === 'unchanged') this.#judge(left);
        return this.#result(
          search,
          wanted,
          outcome,
          outcome === 'planned' ? files.map(({ path }) => path) : done,
        );
      },
    );
  }

  #judge(found: readonly FoundSecret[]): void {
    if (found.length === 0) return;
    const files = [...new Set(found.map(({ file }) => file))];
    const kinds = [...new Set(found.map(({ kind }) => kind))];
    this.unhealthy(
      'E_SECRETS_IN_LOGS',
      `There are secrets at ${found.length} places of ${files.length} logs: ${kinds.slice(0, 5).join(', ')}.`,
      [
        'Change those secrets: who can read the log has them.',
        'Let the application not write them, rotate the log, then: om-ops logs secrets --redact --dry-run',
      ],
    );
  }

  #result(
    { found, lines }: SecretSearch,
    sources: readonly Source[],
    outcome: SecretsResult['outcome'],
    rewritten: string[],
  ): SecretsResult {
    const files = sources.reduce((sum, one) => sum + one.files.length + (one.lines ? 1 : 0), 0);
    return { found, lines, files, outcome, rewritten };
  }

  protected override text({ found, lines, files, rewritten, outcome }: SecretsResult): string {
    const table = formatTable<FoundSecret>(
      [
        { head: 'Where', cell: ({ file, line }) => `${file}:${line}` },
        { head: 'What', cell: ({ kind }) => kind },
        { head: 'Fingerprint', cell: ({ fingerprint }) => fingerprint },
      ],
      found.slice(0, 200),
    );
    const done = rewritten.map((path) =>
      outcome === 'planned' ? `Would rewrite ${path}` : `${path} was rewritten.`,
    );
    return [
      ...(found.length === 0 ? [] : [table, '']),
      ...done,
      `${found.length} in ${lines} lines of ${files} logs.`,
    ].join('\n');
  }
}

function liveOnly(source: Source): Source {
  return { ...source, files: source.files.filter(({ isRotated }) => !isRotated) };
}

function changeOf({ path }: LogFile, { found }: SecretSearch): Change {
  const count = found.filter(({ file }) => file === path).length;
  return { kind: 'edit', what: path, detail: `${count} places` };
}
