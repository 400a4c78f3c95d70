import { Args, dryRunFlag, Flags, isOpsError, OpsError } from '@om-ops/kit';
import { formatTime, printableName } from '@om-ops/kit/text';
import { type DigestContent, digestContent, type ListedBackup } from '../../digest/content.ts';
import { lastPeriod, type Period, periodOf } from '../../digest/period.ts';
import { digestBody, digestSubject } from '../../digest/text.ts';
import type { Message } from '../../notify/message.ts';
import { newMessage } from '../../notify/outbox.ts';
import { postDue } from '../../notify/post.ts';
import { type DigestKind, digestKinds } from '../../site/notify.ts';
import { WatchCommand } from '../../watch-command.ts';

interface DigestResult {
  dryRun: boolean;
  kind: DigestKind;
  period: { key: string; from: string; to: string };
  subject: string;
  text: string;
  content: DigestContent;
  /** Per channel of the digest. `before`: it was sent earlier, and is not sent twice. */
  channels: {
    channel: string;
    id: string;
    state: 'sent' | 'before' | 'waiting' | 'failed' | 'in-doubt' | 'not-sent';
    error: string | null;
  }[];
}

export default class NotifyDigest extends WatchCommand<typeof NotifyDigest, DigestResult> {
  static override summary = 'Tell what happened in a day, a week or a month.';
  static override description =
    'Of the newest one that is over: alerts, backups, sessions of work, what was run and failed. Sent once per period in the site’s time zone, to the channels of notify.digest in the profile, however often this is run. Exit 7 when it could not be sent yet, or may have been when om-ops was ended in the midst of it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> daily --print',
    '<%= config.bin %> <%= command.id %> weekly',
    '<%= config.bin %> <%= command.id %> daily --period 2026-11-24',
  ];
  static override args = {
    kind: Args.string({ description: 'Of what.', options: [...digestKinds], required: true }),
  };
  static override flags = {
    print: Flags.boolean({ summary: 'Print it and send nothing.', default: false }),
    period: Flags.string({ summary: 'Which: 2026-11-24, 2026-W47, 2026-11.', helpValue: 'KEY' }),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<DigestResult> {
    const { flags, dryRun } = this;
    const kind = this.args.kind as DigestKind;
    const watch = await this.watch;
    const now = watch.post.now();
    const period =
      flags.period === undefined ? lastPeriod(kind, now) : periodOf(kind, flags.period);
    const isOnlyShown = flags.print || dryRun;
    if (period.to > now && !flags.print) throw notOver(period);
    const content = await digestContent(this.site.state, period, () => this.#backups());
    for (const message of content.left) this.incomplete(message);
    const result: DigestResult = {
      ...{ dryRun: isOnlyShown, kind, content, channels: [] },
      period: { key: period.key, from: period.from.toISOString(), to: period.to.toISOString() },
      subject: digestSubject(period, content),
      text: digestBody(content),
    };
    const names = watch.notify.digest[kind]?.to ?? [];
    const messages = names.map((channel): Message => {
      const id = `digest-${kind}-${period.key}-${channel}`;
      const text = { subject: result.subject, body: result.text };
      return { ...newMessage({ id, channel, kind: 'digest', now }), text };
    });
    if (isOnlyShown)
      return {
        ...result,
        channels: messages.map(({ id, channel }) => ({
          ...{ id, channel, error: null },
          state: watch.outbox.has(id) ? this.#stateOf(id, watch.outbox) : 'not-sent',
        })),
      };
    const fresh = new Set<string>();
    await watch.outbox.locked(() => {
      for (const message of messages) {
        if (watch.outbox.has(message.id)) continue;
        // That it is there says from now on that this period was told of.
        watch.outbox.write(message);
        fresh.add(message.id);
      }
    });
    const waiting = new Set(messages.map(({ id }) => id).filter((id) => watch.outbox.find(id)));
    const sent = await this.runTask({ title: 'Send', run: () => postDue(watch.post, waiting) });
    const errors = new Map(sent.map(({ id, error }) => [id, error]));
    const channels = messages.map(({ id, channel }) => {
      const state = this.#stateOf(id, watch.outbox);
      const isOld = state === 'sent' && !waiting.has(id) && !fresh.has(id);
      return {
        channel,
        id,
        state: isOld ? ('before' as const) : state,
        error: errors.get(id) ?? null,
      };
    });
    if (sent.some(({ outcome }) => outcome === 'never')) await postDue(watch.post);
    this.#tell(channels);
    return { ...result, channels };
  }

  #stateOf(
    id: string,
    outbox: Awaited<typeof this.watch>['outbox'],
  ): DigestResult['channels'][number]['state'] {
    if (outbox.find(id) !== undefined) return 'waiting';
    const state = outbox.ended().find((message) => message.id === id)?.state;
    if (state === 'sent' || state === 'in-doubt') return state;
    return 'failed';
  }

  #tell(channels: DigestResult['channels']): void {
    for (const { channel, id, state, error } of channels) {
      const why = error === null ? '' : `: ${error}`;
      if (state === 'waiting')
        this.incomplete(`${channel} could not be told and is tried again${why}.`);
      if (state === 'failed')
        this.incomplete(`${channel} was not told${why}. See: om-ops notify outbox --failed`);
      if (state === 'in-doubt')
        this.incomplete(
          `${channel} may have it or not, as om-ops was ended while it was sent. Send it again: om-ops notify retry ${id}`,
        );
    }
  }

  /** @returns null: no plugin makes backups */
  async #backups(): Promise<readonly ListedBackup[] | null> {
    try {
      const { envelope } = await this.runTask({
        title: 'Ask for the backups',
        run: (progress) =>
          this.omOps<{ backups: ListedBackup[] }>(['backup', 'list'], {
            progress,
            accept: [0, 6, 7],
          }),
      });
      return envelope.result?.backups ?? [];
    } catch (error) {
      if (isOpsError(error) && error.code === 'E_PLUGIN_MISSING') return null;
      throw error;
    }
  }

  protected override text({ dryRun, kind, period, subject, text, channels }: DigestResult): string {
    const lines = channels.map(({ channel, state }) => {
      if (state === 'sent') return `Sent to ${channel}.`;
      if (state === 'before') return `${channel} was told before.`;
      return `${channel}: ${state}`;
    });
    if (dryRun) {
      const to = channels.map(({ channel, state }) =>
        state === 'not-sent' ? channel : `${channel} (${state})`,
      );
      const who =
        to.length === 0
          ? `It would be sent to nobody: the profile has no notify.digest.${kind}.`
          : `It would be sent to ${to.join(', ')}.`;
      return `${printableName(subject)}\n${formatTime(period.from)} to ${formatTime(period.to)}\n\n${text}\n\n${who} Nothing was sent.`;
    }
    if (channels.length === 0)
      return `Nobody is told of it: the profile has no notify.digest.${kind}. See it: om-ops notify digest ${kind} --print`;
    return [printableName(subject), ...lines].join('\n');
  }
}

function notOver({ key, to }: Period): OpsError {
  return new OpsError('E_USAGE', `${key} is not over before ${formatTime(to.toISOString())}.`, {
    exit: 'usage',
    suggestions: [
      'See what there is of it: add --print. A digest is sent once, of all of its period.',
    ],
  });
}
