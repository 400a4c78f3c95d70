import { formatTable, formatTime, plural, printableName } from '@om-ops/kit/text';
import { type ChannelState, channelStates } from '../../notify/channel-state.ts';
import { readPulse } from '../../notify/pulse.ts';
import { digestKinds, type NotifySection } from '../../site/notify.ts';
import { WatchCommand } from '../../watch-command.ts';

interface ListResult {
  channels: ChannelState[];
  /** As they count: without any in the profile every channel gets everything. */
  routes: { level: 'warning' | 'critical'; to: string[]; hours: string | null }[];
  /** What is asked outside while all is well; null: nothing. */
  heartbeat: { urlKey: string; every: string; sentAt: string | null; error: string | null } | null;
  digests: { kind: 'daily' | 'weekly' | 'monthly'; at: string; to: string[] }[];
}

export default class NotifyList extends WatchCommand<typeof NotifyList, ListResult> {
  static override summary = 'List who is told of what, and how each way works.';
  static override description =
    'All that leaves this machine by itself is listed here; without channels and a heartbeat in the profile nothing does. Exit 6 when a channel does not take what it is sent, or wants a key that no env file has.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];

  protected override async perform(): Promise<ListResult> {
    const { notify, outbox, post } = await this.watch;
    const channels = channelStates(notify, outbox, post.secrets);
    const bad = channels.filter(
      ({ state, missing }) => state === 'refused' || state === 'failing' || missing.length > 0,
    );
    if (bad.length > 0) {
      const names = bad.map(({ name }) => name).join(', ');
      this.unhealthy(
        'E_CHANNEL_FAILS',
        `${plural(bad.length, 'channel does', 'channels do')} not work: ${names}.`,
        [
          `Try it: om-ops notify test ${bad[0]?.name}`,
          'See what was not sent: om-ops notify outbox --failed',
        ],
      );
    }
    return {
      channels,
      routes: routesOf(notify),
      heartbeat: this.#heartbeat(notify),
      digests: digestsOf(notify),
    };
  }

  #heartbeat({ heartbeat: { urlKey, every } }: NotifySection): ListResult['heartbeat'] {
    if (urlKey === null) return null;
    const { sentAt, error } = readPulse(this.site.state);
    return { urlKey, every, sentAt, error };
  }

  protected override text({ channels, routes, heartbeat, digests }: ListResult): string {
    const parts: string[] = [];
    if (channels.length === 0)
      parts.push('Nobody is told of anything: the profile has no channels (notify.channels).');
    else
      parts.push(
        formatTable<ChannelState>(
          [
            { head: 'CHANNEL', cell: ({ name }) => name },
            { head: 'TYPE', cell: ({ type }) => type },
            { head: 'WHERE', cell: ({ where }) => printableName(where) },
            {
              head: 'STATE',
              cell: ({ state, missing }) =>
                missing.length > 0 ? `without ${missing.join(', ')}` : state,
            },
            {
              head: 'LAST SENT',
              cell: ({ sentAt }) => (sentAt === null ? 'never' : formatTime(sentAt)),
            },
            { head: 'WAITING', cell: ({ waiting }) => String(waiting), align: 'right' },
            { head: 'WHY', cell: ({ error }) => printableName(error ?? '') },
          ],
          channels,
        ),
        routes
          .map(
            ({ level, to, hours }) =>
              `${level}${level === 'warning' ? ' and worse' : ''}: ${to.join(', ')}${hours === null ? '' : `, what is only ${level} between ${hours}`}`,
          )
          .join('\n'),
      );
    if (heartbeat === null)
      parts.push('No address outside is told that all is well (notify.heartbeat).');
    else {
      const last = heartbeat.sentAt === null ? 'never yet' : `last ${formatTime(heartbeat.sentAt)}`;
      parts.push(
        `Heartbeat: to the address in ${heartbeat.urlKey} after good looks, at most every ${heartbeat.every}; ${last}${heartbeat.error === null ? '' : `; it failed: ${printableName(heartbeat.error)}`}.`,
      );
    }
    for (const { kind, at, to } of digests) parts.push(`Digest ${kind}, ${at}: ${to.join(', ')}`);
    return parts.join('\n\n');
  }
}

function routesOf({ channels, routes }: NotifySection): ListResult['routes'] {
  const names = Object.keys(channels);
  if (routes.length === 0)
    return names.length === 0 ? [] : [{ level: 'warning', to: names, hours: null }];
  return routes.map(({ level, to, hours }) => ({ level, to, hours: hours ?? null }));
}

function digestsOf({ digest }: NotifySection): ListResult['digests'] {
  return digestKinds.flatMap((kind) => {
    const plan = digest[kind];
    return plan === undefined ? [] : [{ kind, ...plan }];
  });
}
