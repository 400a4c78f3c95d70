import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  type Change,
  confirmFlag,
  dryRunFlag,
  fromSystemError,
  type GuardedResult,
  OpsCommand,
  OpsError,
  replaceContent,
} from '@om-ops/kit';
import { type InstalledRotation, installedRotation } from '../../../rotation/installed.ts';
import { logrotate } from '../../../rotation/run.ts';
import { logsSection } from '../../../site.ts';
import { chosenRules } from '../rotate.ts';

interface ApplyResult {
  outcome: GuardedResult['outcome'];
  changes: readonly Change[];
  problem?: string;
  path: string;
}

export default class LogsRotationApply extends OpsCommand<typeof LogsRotationApply, ApplyResult> {
  static override summary = 'Let the logrotate of the system rotate as the profile says.';
  static override description =
    'Writes the file in /etc/logrotate.d after showing the difference, lets logrotate read it without doing anything, and puts back what was there when it does not understand it. Refused while another file there rotates the same log.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --confirm "YES APPLY"',
  ];
  static override record = 'audit' as const;
  static override flags = { ...dryRunFlag, ...confirmFlag };

  protected override async perform(): Promise<ApplyResult> {
    const section = await this.site.section(logsSection);
    chosenRules(section);
    const { signal } = this.operation;
    return this.guarded<InstalledRotation>(
      'logs',
      {
        plan: async () => {
          logrotate.need();
          const installed = await installedRotation(this.site, section);
          const [twice] = installed.others;
          if (twice !== undefined)
            throw new OpsError(
              'E_ROTATED_TWICE',
              `${twice.log} is rotated by ${twice.path} already; two of them lose lines.`,
              { suggestions: ['Take the log out of one of the two.'] },
            );
          return installed;
        },
        changes: ({ path, diff, present }) =>
          diff === '' ? [] : [{ kind: present === null ? 'create' : 'edit', what: path, diff }],
        question: ({ path }) => `${path} will be written, and read every day.`,
        stillHolds: async ({ path, present }) =>
          (existsSync(path) ? readFileSync(path, 'utf8') : null) === present,
        apply: async ({ path, wanted, present }) => {
          if (present !== null) await replaceContent(path, wanted);
          else
            try {
              writeFileSync(path, wanted, { flag: 'wx', mode: 0o644 });
            } catch (error) {
              throw fromSystemError(error, 'write', path);
            }
        },
        verify: async ({ path }) => {
          const { exitCode, stderr } = await logrotate.look(
            ['--debug', '--state', '/dev/null', path],
            { accept: 'any', signal },
          );
          const errors = stderr.split('\n').filter((line) => line.startsWith('error:'));
          return exitCode === 0 && errors.length === 0
            ? undefined
            : `logrotate does not take it: ${errors.join(' ') || `exit ${exitCode}`}`;
        },
        undo: async ({ path, present, wanted }) => {
          if (present !== null) await replaceContent(path, present);
          // Only what stands there from here.
          else if (existsSync(path) && readFileSync(path, 'utf8') === wanted) rmSync(path);
        },
      },
      ({ outcome, changes, problem }, { path }) => ({
        outcome,
        changes,
        ...(problem === undefined ? {} : { problem }),
        path,
      }),
    );
  }

  protected override text({ outcome, changes, path }: ApplyResult): string {
    switch (outcome) {
      case 'planned':
        return changes
          .map(({ diff }) => diff ?? '')
          .join('\n')
          .trimEnd();
      case 'unchanged':
        return `${path} is what the profile says.`;
      case 'applied':
        return `${path} was written, and logrotate understands it.`;
      default:
        return '';
    }
  }
}
