import {
  Args,
  confirmFlag,
  dryRunFlag,
  Flags,
  type GuardedResult,
  OpsCommand,
  resolveFrom,
  workingFolder,
} from '@om-ops/kit';
import { bad, givenValue } from '../../change/given-value.ts';
import { fileFor, planSet, setGuard } from '../../change/set.ts';
import { envSection } from '../../site.ts';

interface SetResult extends GuardedResult {
  name: string;
  file: string;
  /** What the file held before; null: it was not there. */
  backup: string | null;
}

export default class EnvSet extends OpsCommand<typeof EnvSet, SetResult> {
  static override summary = 'Set a variable in an env file.';
  static override description =
    'The value comes from standard input, or is asked for unseen; never from the command line, where the history and every other user would see it. Comments, order, owner and mode of the file stay; what it held is kept in STATE/env/backups. The application reads it when it is restarted.';
  static override examples = [
    'openssl rand -base64 32 | <%= config.bin %> <%= command.id %> AUTH_SECRET=- --confirm "YES APPLY"',
    '<%= config.bin %> <%= command.id %> SMTP_PASSWORD',
  ];
  static override record = 'audit' as const;
  static override args = {
    variable: Args.string({
      description: 'Its name, or NAME=- for a value on standard input.',
      required: true,
    }),
  };
  static override flags = {
    file: Flags.string({
      summary: 'The env file. Default: the one that counts for it.',
      helpValue: 'FILE',
    }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override async perform(): Promise<SetResult> {
    const section = await this.site.section(envSection);
    const name = nameOf(this.args.variable);
    const path =
      this.flags.file === undefined
        ? fileFor(this.site, section, name)
        : resolveFrom(workingFolder(), this.flags.file);
    const value = await givenValue(name, process.stdin, this.operation.signal);
    const stamp = new Date().toISOString().replace(/[:.]/g, '');
    const result = await this.guarded(
      'env',
      setGuard(async () => planSet({ path, name, value, state: this.site.state, stamp })),
      (done, plan): SetResult => ({
        ...done,
        name,
        file: path,
        backup: done.outcome === 'planned' ? null : plan.backup,
      }),
    );
    return result;
  }

  protected override text({ outcome, name, file, backup, changes }: SetResult): string {
    if (outcome === 'planned')
      return `Would set ${name} in ${file} (${changes[0]?.detail}). Nothing was changed.`;
    if (outcome === 'unchanged') return `${name} is so already in ${file}.`;
    return [
      `${name} is set in ${file}.`,
      ...(backup === null ? [] : [`What it held before: ${backup}`]),
      'It counts from the next restart of the application on: om-ops env diff --running',
    ].join('\n');
  }
}

function nameOf(given: string): string {
  const [, name, value] = /^([A-Za-z_][\w.-]*)(?:=(.*))?$/s.exec(given) ?? [];
  if (name === undefined)
    throw bad(
      `${JSON.stringify(given.split('=')[0])} is no name of a variable.`,
      'Letters, digits and _: DB_PASSWORD',
    );
  if (value !== undefined && value !== '-')
    throw bad(
      `The value of ${name} does not belong on the command line, where it stays in the history.`,
      `Give it on standard input: printf %s "$VALUE" | om-ops env set ${name}=-`,
    );
  return name;
}
