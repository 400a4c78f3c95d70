import { Args, confirmFlag, dryRunFlag, Flags } from '@om-ops/kit';
import { databaseFlag } from '../../db-command.ts';
import { durationOf, EndCommand, type EndResult } from '../../end/end-command.ts';

export default class DbCancel extends EndCommand<typeof DbCancel> {
  static override summary = 'Cancel statements that run.';
  static override description =
    'The statement ends, the session stays. Only sessions of clients, each looked for again by number and start before it is told; never replication, never a dump, never what the profile protects (db.protect), never this session. Exit 1 when one goes on.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 4711',
    '<%= config.bin %> <%= command.id %> --longer-than 5m --dry-run',
  ];
  static override record = 'audit' as const;
  static override args = {
    id: Args.integer({
      description: 'Numbers of sessions, as db queries shows them.',
      multiple: true,
    }),
  };
  static override flags = {
    ...databaseFlag,
    'longer-than': Flags.string({
      summary: 'Statements that take longer already.',
      helpValue: '5m',
    }),
    'root-blockers': Flags.boolean({ summary: 'Those that others wait for.', default: false }),
    wait: Flags.string({ summary: 'How long the end is waited for.', default: '5s' }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override perform(): Promise<EndResult> {
    return this.end(
      'cancel',
      {
        ids: (this.args.id as number[] | undefined) ?? [],
        longerThanMs: durationOf(this.flags['longer-than']),
        rootBlockers: this.flags['root-blockers'],
        idleMs: undefined,
      },
      durationOf(this.flags.wait) ?? 5000,
    );
  }
}
