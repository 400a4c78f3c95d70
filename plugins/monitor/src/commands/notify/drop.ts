import { Args, confirmFlag, dryRunFlag, type GuardedResult } from '@om-ops/kit';
import { plural, printableName } from '@om-ops/kit/text';
import { composed } from '../../notify/compose.ts';
import type { Message } from '../../notify/message.ts';
import { wantedMessages } from '../../notify/wanted-messages.ts';
import { WatchCommand } from '../../watch-command.ts';

interface DropResult {
  dryRun: boolean;
  outcome: GuardedResult['outcome'];
  /** Those that will not be sent, or would not. */
  messages: { id: string; channel: string; subject: string }[];
}

export default class NotifyDrop extends WatchCommand<typeof NotifyDrop, DropResult> {
  static override summary = 'Give up messages that wait.';
  static override description =
    'They are not sent any more. The alerts that they tell of stay as they are. Asks first.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 12-20261125T100000-mail --dry-run',
    '<%= config.bin %> <%= command.id %> 12- --confirm "YES APPLY"',
  ];
  static override record = 'audit' as const;
  static override args = {
    message: Args.string({
      description: 'IDs, or as much of their beginning as no other one shares.',
      required: true,
      multiple: true,
    }),
  };
  static override flags = { ...dryRunFlag, ...confirmFlag };

  protected override async perform(): Promise<DropResult> {
    const { outbox, post } = await this.watch;
    const dropped: string[] = [];
    const subjectOf = (message: Message) => composed(message, post.sender, post.now()).subject;
    return this.guarded<Message[]>(
      [],
      {
        plan: async () => wantedMessages(outbox, this.args.message),
        changes: (messages) =>
          messages.map((message) => ({
            kind: 'remove',
            what: message.id,
            detail: `${message.channel}: ${subjectOf(message)}`,
          })),
        question: (messages) => `${plural(messages.length, 'message')} will never be sent.`,
        apply: (messages) =>
          outbox.locked(() => {
            for (const { id } of messages) {
              const message = outbox.find(id) ?? outbox.ended().find((one) => one.id === id);
              // It was sent while this was confirmed.
              if (message === undefined || message.state === 'sent') continue;
              outbox.end({ ...message, state: 'dropped', claim: null });
              dropped.push(id);
            }
          }),
        standing: () => `${dropped.length === 0 ? 'None is' : `${dropped.length} are`} dropped.`,
        touched: () => dropped,
      },
      ({ outcome }, messages) => ({
        ...{ dryRun: this.dryRun, outcome },
        messages: messages
          .filter(({ id }) => outcome === 'planned' || dropped.includes(id))
          .map((message) => ({
            id: message.id,
            channel: message.channel,
            subject: subjectOf(message),
          })),
      }),
    );
  }

  protected override text({ dryRun, messages }: DropResult): string {
    const head = dryRun ? 'Would drop' : 'Dropped';
    const lines = messages.map(
      ({ id, channel, subject }) =>
        `${head} ${printableName(id)} to ${channel}: ${printableName(subject)}`,
    );
    if (dryRun) lines.push('Nothing was changed: this was a dry run.');
    return lines.length === 0 ? 'Nothing was dropped: they were sent meanwhile.' : lines.join('\n');
  }
}
