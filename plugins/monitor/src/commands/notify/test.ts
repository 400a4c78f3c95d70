import { Args, currentTime, dryRunFlag, OpsError } from '@om-ops/kit';
import { printableName } from '@om-ops/kit/text';
import { newId } from '../../alerts/watch.ts';
import { missingKeys, whereOf } from '../../notify/channel-state.ts';
import { composed } from '../../notify/compose.ts';
import { deliver } from '../../notify/deliver.ts';
import { newMessage } from '../../notify/outbox.ts';
import { WatchCommand } from '../../watch-command.ts';

interface TestResult {
  dryRun: boolean;
  channel: string;
  type: 'command' | 'webhook' | 'smtp';
  /** Without a secret. */
  where: string;
  message: { id: string; subject: string; text: string };
  sent: boolean;
  ms: number | null;
  error: string | null;
}

export default class NotifyTest extends WatchCommand<typeof NotifyTest, TestResult> {
  static override summary = 'Send a message on a channel, to see that it arrives.';
  static override description =
    'Once and at once, past routes and hours. Exit 0 says that the other side has taken it, 1 that it has not and why, 5 that a key is missing.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> mail',
    '<%= config.bin %> <%= command.id %> chat --dry-run',
  ];
  static override args = {
    channel: Args.string({ description: 'Its name in notify.channels.', required: true }),
  };
  static override flags = { ...dryRunFlag };

  protected override async perform(): Promise<TestResult> {
    const { dryRun, operation } = this;
    const { notify, post, outbox } = await this.watch;
    const name = this.args.channel;
    const channel = notify.channels[name];
    if (channel === undefined || !Object.hasOwn(notify.channels, name)) {
      const names = Object.keys(notify.channels);
      throw new OpsError('E_NO_CHANNEL', `There is no channel ${printableName(name)}.`, {
        exit: 'usage',
        suggestions: [
          names.length === 0
            ? 'The profile has none yet: notify.channels.'
            : `There are: ${names.join(', ')}`,
        ],
      });
    }
    const [missing] = missingKeys(channel, post.secrets);
    // Thrown in a dry run too: it would not be sent.
    if (missing !== undefined) post.secrets(missing);
    const now = currentTime();
    const message = {
      ...newMessage({ id: `test-${newId()}-${name}`, channel: name, kind: 'notice', now }),
      text: {
        subject: 'test message',
        body: `This is what a message of ${this.site.site} looks like on the channel ${name}. Nothing is wrong.`,
      },
    };
    const text = composed(message, post.sender, now);
    const result: TestResult = {
      ...{ dryRun, channel: name, type: channel.type, where: whereOf(channel, post.secrets) },
      message: { id: message.id, subject: text.subject, text: text.body },
      ...{ sent: false, ms: null, error: null },
    };
    if (dryRun) return result;
    const started = performance.now();
    const {
      outcome,
      error,
      refused = [],
    } = await this.runTask({
      title: `Send to ${name}`,
      run: ({ signal }) =>
        deliver(
          channel,
          {
            message,
            composed: text,
            sender: post.sender,
            secret: post.secrets,
            timeoutMs: post.timeoutMs,
            signal,
          },
          post.redact,
        ),
    });
    const ms = Math.round(performance.now() - started);
    const at = post.now().toISOString();
    await outbox.locked(() =>
      outbox.record(
        name,
        outcome === 'sent'
          ? { sentAt: at, failedAt: null, error: null, refused: false }
          : { failedAt: at, error, refused: outcome === 'never' },
      ),
    );
    operation.touch(name);
    if (outcome === 'sent') return { ...result, sent: true, ms };
    const who = refused.length === 0 ? '' : ` It refuses ${refused.join(', ')}.`;
    this.fail(
      new OpsError('E_NOT_SENT', `${name} has not taken the message: ${error}.${who}`, {
        suggestions: [
          'Mend the channel in the profile, or the key in the env file, and try again.',
        ],
      }),
      { ...result, ms, error },
    );
  }

  protected override text({ dryRun, channel, where, message, sent }: TestResult): string {
    if (dryRun)
      return `Would send to ${channel} (${printableName(where)}):\n\n${message.subject}\n\n${message.text}\n\nNothing was sent: this was a dry run.`;
    return sent ? `${channel} has taken the message ${message.id} (${printableName(where)}).` : '';
  }
}
