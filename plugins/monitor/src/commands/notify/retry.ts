import { Args, dryRunFlag, Flags, isoWithOffset, OpsError } from '@om-ops/kit';
import { plural, printableName } from '@om-ops/kit/text';
import { postDue, type Sent } from '../../notify/post.ts';
import { wantedMessages } from '../../notify/wanted-messages.ts';
import { WatchCommand } from '../../watch-command.ts';

interface RetryResult {
  dryRun: boolean;
  /** What was tried, or would be. */
  messages: { id: string; channel: string; sent: boolean; error: string | null }[];
}

export default class NotifyRetry extends WatchCommand<typeof NotifyRetry, RetryResult> {
  static override summary = 'Send now what waits.';
  static override description =
    'Without IDs all that waits, except what waits for the hours of its route. With an ID also one that was refused or given up. Exit 1 when nothing of it could be sent, 7 when some could not.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> 12-20261125T100000-mail',
  ];
  static override record = 'none' as const;
  static override args = {
    message: Args.string({
      description: 'IDs, or as much of their beginning as no other one shares.',
      multiple: true,
    }),
  };
  static override flags = {
    due: Flags.boolean({
      summary: 'Only what is due by now, as a schedule asks.',
      default: false,
    }),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<RetryResult> {
    const { dryRun } = this;
    const { outbox, post } = await this.watch;
    const given = this.args.message ?? [];
    const now = post.now();
    const isHeld = ({ tries, nextAt }: { tries: readonly unknown[]; nextAt: string }) =>
      (this.flags.due || tries.length === 0) && Date.parse(nextAt) > now.getTime();
    const chosen =
      given.length === 0
        ? outbox.waiting().filter((message) => !isHeld(message))
        : wantedMessages(outbox, given);
    if (dryRun)
      return {
        dryRun,
        messages: chosen.map(({ id, channel }) => ({ id, channel, sent: false, error: null })),
      };
    if (chosen.length === 0) return { dryRun, messages: [] };
    // Asked every few minutes it would fill the log with nothing.
    this.operation.record = 'log';
    await outbox.locked(() => {
      for (const message of chosen)
        if (message.state !== 'waiting')
          outbox.reopen({
            ...message,
            state: 'waiting',
            claim: null,
            refused: [],
            nextAt: isoWithOffset(now),
          });
      outbox.tidy(now);
    });
    const sent = await this.runTask({
      title: 'Send',
      run: () => postDue(post, new Set(chosen.map(({ id }) => id))),
    });
    return this.#told(sent);
  }

  #told(sent: readonly Sent[]): RetryResult {
    const messages = sent.map(({ id, channel, outcome, error }) => ({
      id,
      channel,
      sent: outcome === 'sent',
      error,
    }));
    const result = { dryRun: false, messages };
    const failed = messages.filter((message) => !message.sent);
    if (failed.length === 0) return result;
    const why = failed.map(({ channel, error }) => `${channel}: ${error}`);
    const text = `${plural(failed.length, 'message was', 'messages were')} not sent. ${[...new Set(why)].join('; ')}.`;
    if (failed.length < messages.length) {
      this.incomplete(text);
      return result;
    }
    this.fail(
      new OpsError('E_NOT_SENT', text, {
        suggestions: ['See how each channel is: om-ops notify list'],
      }),
      result,
    );
  }

  protected override text({ dryRun, messages }: RetryResult): string {
    if (messages.length === 0) return 'Nothing waits to be sent.';
    if (dryRun) {
      const lines = messages.map(
        ({ id, channel }) => `Would send ${printableName(id)} to ${channel}`,
      );
      return [...lines, 'Nothing was sent: this was a dry run.'].join('\n');
    }
    return messages
      .map(({ id, channel, sent, error }) =>
        sent
          ? `Sent ${printableName(id)} to ${channel}`
          : `Not sent ${printableName(id)} to ${channel}: ${printableName(error ?? '')}`,
      )
      .join('\n');
  }
}
