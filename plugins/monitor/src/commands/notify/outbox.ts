import { Flags } from '@om-ops/kit';
import { formatTable, formatTime, plural, printableName } from '@om-ops/kit/text';
import { type ToldMessage, toldMessage } from '../../alerts/told-messages.ts';
import { composed } from '../../notify/compose.ts';
import type { Message } from '../../notify/message.ts';
import { WatchCommand } from '../../watch-command.ts';

interface ListedMessage extends Omit<ToldMessage, 'kinds'> {
  subject: string;
  lines: number;
}

interface OutboxResult {
  messages: ListedMessage[];
  waiting: number;
  failed: number;
}

const failedStates: readonly Message['state'][] = ['refused', 'given-up', 'in-doubt'];

export default class NotifyOutbox extends WatchCommand<typeof NotifyOutbox, OutboxResult> {
  static override summary = 'List the messages that wait to be sent, or never were.';
  static override description =
    'What cannot be sent waits: 10 s, 30 s, 2 min, 10 min, 1 h and up to a day, for a week. What is refused for good is kept for 30 days, and another channel was told.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --failed',
  ];
  static override flags = {
    failed: Flags.boolean({
      summary: 'Only those that were refused, given up, or may not have arrived.',
      default: false,
    }),
  };

  protected override async perform(): Promise<OutboxResult> {
    const { outbox, post } = await this.watch;
    const waiting = outbox.waiting();
    const failed = outbox.ended().filter(({ state }) => failedStates.includes(state));
    const now = post.now();
    const messages = [...(this.flags.failed ? [] : waiting), ...failed].map((message) => ({
      ...toldMessage(message),
      subject: composed(message, post.sender, now).subject,
      lines: message.lines.length,
    }));
    return { messages, waiting: waiting.length, failed: failed.length };
  }

  protected override text({ messages, waiting, failed }: OutboxResult): string {
    const head = `${plural(waiting, 'message waits', 'messages wait')}, ${failed === 0 ? 'none' : failed} failed.`;
    if (messages.length === 0) return head;
    const table = formatTable<ListedMessage>(
      [
        { head: 'MESSAGE', cell: ({ id }) => printableName(id) },
        { head: 'CHANNEL', cell: ({ channel }) => channel },
        { head: 'STATE', cell: ({ state }) => state },
        { head: 'TRIES', cell: ({ tries }) => String(tries), align: 'right' },
        { head: 'NEXT', cell: ({ nextAt }) => (nextAt === null ? '' : formatTime(nextAt)) },
        { head: 'SUBJECT', cell: ({ subject }) => printableName(subject) },
        { head: 'WHY', cell: ({ error }) => printableName(error ?? '') },
      ],
      messages,
    );
    return `${head}\n\n${table}\n\nTry them now: om-ops notify retry`;
  }
}
