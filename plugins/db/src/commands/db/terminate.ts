import { Args, confirmFlag, dryRunFlag, Flags } from '@om-ops/kit';
import { databaseFlag } from '../../db-command.ts';
import { durationOf, EndCommand, type EndResult } from '../../end/end-command.ts';

export default class DbTerminate extends EndCommand<typeof DbTerminate> {
  static override summary = 'End sessions: cancel what they run, then the connection.';
  static override description =
    'Their open transactions are rolled back. Only sessions of clients, each looked for again by number and start before it is told; never replication, never a dump, never what the profile protects (db.protect), never this session. Exit 1 when one goes on.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 4711',
    '<%= config.bin %> <%= command.id %> --idle-in-transaction 30m --dry-run',
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
      summary: 'Those whose statement takes longer already.',
      helpValue: '5m',
    }),
    'idle-in-transaction': Flags.string({
      summary: 'Those that left a transaction open for longer.',
      helpValue: '30m',
    }),
    'root-blockers': Flags.boolean({ summary: 'Those that others wait for.', default: false }),
    wait: Flags.string({ summary: 'How long the end is waited for.', default: '10s' }),
    ...dryRunFlag,
    ...confirmFlag,
  };

  protected override perform(): Promise<EndResult> {
    return this.end(
      'terminate',
      {
        ids: (this.args.id as number[] | undefined) ?? [],
        longerThanMs: durationOf(this.flags['longer-than']),
        rootBlockers: this.flags['root-blockers'],
        idleMs: durationOf(this.flags['idle-in-transaction']),
      },
      durationOf(this.flags.wait) ?? 10_000,
    );
  }
}
