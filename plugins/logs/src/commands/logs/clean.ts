import { dirname } from 'node:path';
import {
  type Change,
  confirmFlag,
  dryRunFlag,
  Flags,
  type GuardedResult,
  OpsCommand,
  OpsError,
  parseAge,
  wholeNumber,
} from '@om-ops/kit';
import { formatBytes } from '@om-ops/kit/text';
import { carryOut } from '../../clean/carry-out.ts';
import { type CleanPlan, planClean } from '../../clean/plan.ts';
import { logsSection } from '../../site.ts';
import { filesOf, type LogFile } from '../../sources/files.ts';
import { logSources } from '../../sources/source.ts';

interface CleanResult {
  outcome: GuardedResult['outcome'];
  changes: readonly Change[];
  problem?: string;
  compressed: string[];
  deleted: string[];
  /** What deleting frees; what compressing frees is not known before. */
  deletedBytes: number;
  /** Old, and left alone because somebody has it open. */
  open: CleanPlan['open'];
  /** Without a name and still taking room. */
  deletedOpen: CleanPlan['deletedOpen'];
}

type Left = { path: string; why: string }[];

export default class LogsClean extends OpsCommand<typeof LogsClean, CleanResult> {
  static override summary = 'Compress and delete old generations of logs.';
  static override description =
    'Rotated generations only, by the rules of the profile (logs.retention) or of the flags; so many of each log stay whatever their age. Never a live log, and never a file that a process has open: its lines would go nowhere. What was packed is read back before the plain file goes. Names logs that were deleted and still take room because somebody has them open.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --delete-older-than 90d --keep 5 --confirm "YES APPLY"',
  ];
  static override record = 'audit' as const;
  static override flags = {
    ...dryRunFlag,
    ...confirmFlag,
    'compress-older-than': Flags.string({ summary: 'Compress what is older.', helpValue: 'AGE' }),
    'delete-older-than': Flags.string({ summary: 'Delete what is older.', helpValue: 'AGE' }),
    keep: wholeNumber({ summary: 'So many of each log stay whatever their age.' }),
  };

  protected override async perform(): Promise<CleanResult> {
    const { retention } = await this.site.section(logsSection);
    const files = await this.#files(retention.files);
    const rules = {
      compressMs: parseAge(this.flags['compress-older-than'] ?? retention.compressAfter),
      deleteMs: parseAge(this.flags['delete-older-than'] ?? retention.deleteAfter),
      keep: this.flags.keep ?? retention.keep,
      now: Date.now(),
    };
    const folders = [...new Set(files.map(({ path }) => dirname(path)))];
    let left: Left = [];
    return this.guarded<CleanPlan>(
      'logs',
      {
        plan: async () => {
          const plan = planClean(files, rules, folders);
          this.#tell(plan);
          return plan;
        },
        changes: ({ steps }) =>
          steps.map(({ file, action, ageMs }) => ({
            kind: action === 'delete' ? 'remove' : 'edit',
            what: file.path,
            detail: `${action}, ${Math.floor(ageMs / 86_400_000)} days old, ${formatBytes(file.bytes)}`,
          })),
        question: ({ steps }) => {
          const gone = steps.filter(({ action }) => action === 'delete');
          const bytes = gone.reduce((sum, { file }) => sum + file.bytes, 0);
          return `${gone.length} generations (${formatBytes(bytes)}) will be deleted, ${steps.length - gone.length} compressed.`;
        },
        apply: async (plan, progress) => {
          left = await carryOut(plan, progress);
          for (const { path, why } of left) this.incomplete(`${path} was left alone: ${why}.`);
        },
        standing: ({ steps }) =>
          `${steps.filter(({ done }) => done).length} of ${steps.length} are done; the others are as they were.`,
        touched: ({ steps }) => steps.filter(({ done }) => done).map(({ file }) => file.path),
      },
      (done, plan) => resultOf(done, plan),
    );
  }

  async #files(patterns: readonly string[]): Promise<LogFile[]> {
    if (patterns.length > 0) return filesOf(patterns.map((one) => this.site.below(one)));
    const { sources } = await logSources(this.site, this.abilities);
    return sources.flatMap(({ files }) => files);
  }

  #tell({ open, unseen }: CleanPlan): void {
    for (const { path, pid, command } of open)
      this.incomplete(`${path} was left alone: pid ${pid} (${command}) has it open.`);
    if (unseen === 0 || this.dryRun) return;
    throw new OpsError(
      'E_PERMISSION',
      `Whether one of ${unseen} processes of other users has a log open cannot be seen.`,
      { exit: 'requirement', suggestions: ['Run it as root: sudo om-ops logs clean'] },
    );
  }

  protected override text(result: CleanResult): string {
    const { outcome, changes, compressed, deleted, deletedBytes, deletedOpen } = result;
    const lost = deletedOpen.map(
      ({ path, pid, command, bytes }) =>
        `${path} was deleted and takes ${formatBytes(bytes)} until pid ${pid} (${command}) ends or takes up another.`,
    );
    if (outcome === 'unchanged') return ['There is nothing old enough.', ...lost].join('\n');
    if (outcome === 'planned')
      return [
        ...changes.map(
          ({ what, detail }) =>
            `Would ${detail?.split(',')[0]} ${what} (${detail?.split(', ').slice(1).join(', ')})`,
        ),
        ...lost,
      ].join('\n');
    return [
      `${deleted.length} generations were deleted (${formatBytes(deletedBytes)}), ${compressed.length} compressed.`,
      ...lost,
    ].join('\n');
  }
}

function resultOf({ outcome, changes, problem }: GuardedResult, plan: CleanPlan): CleanResult {
  const counted = plan.steps.filter(({ done }) => outcome === 'planned' || done);
  const of = (action: 'compress' | 'delete') => counted.filter((one) => one.action === action);
  return {
    outcome,
    changes,
    ...(problem === undefined ? {} : { problem }),
    compressed: of('compress').map(({ file }) => file.path),
    deleted: of('delete').map(({ file }) => file.path),
    deletedBytes: of('delete').reduce((sum, { file }) => sum + file.bytes, 0),
    open: plan.open,
    deletedOpen: plan.deletedOpen,
  };
}
