import type { Channel, NotifySection } from '../site/notify.ts';
import { noRecord } from './channel-record.ts';
import type { Outbox } from './outbox.ts';
import { keysOf, type Secrets } from './secrets.ts';

export interface ChannelState {
  name: string;
  type: Channel['type'];
  /** Where it goes, without a secret: the program, the host, who gets the mail. */
  where: string;
  /** The keys that it wants and no env file has. */
  missing: string[];
  /** `unused`: nothing was sent on it yet. */
  state: 'working' | 'failing' | 'refused' | 'unused';
  sentAt: string | null;
  failedAt: string | null;
  error: string | null;
  waiting: number;
}

/** How each channel of the profile is. */
export function channelStates(
  { channels }: Pick<NotifySection, 'channels'>,
  outbox: Outbox,
  secrets: Secrets,
): ChannelState[] {
  const records = outbox.records();
  const waiting = outbox.waiting();
  return Object.entries(channels).map(([name, channel]) => {
    const record = records[name] ?? noRecord;
    const { sentAt, failedAt, error } = record;
    const isBad = failedAt !== null;
    return {
      ...{ name, type: channel.type, where: whereOf(channel, secrets) },
      missing: missingKeys(channel, secrets),
      state: isBad
        ? record.refused
          ? 'refused'
          : 'failing'
        : sentAt === null
          ? 'unused'
          : 'working',
      ...{ sentAt, failedAt, error: isBad ? error : null },
      waiting: waiting.filter((message) => message.channel === name).length,
    };
  });
}

export function missingKeys(channel: Channel, secrets: Secrets): string[] {
  return keysOf(channel).filter((key) => secretOrNone(key, secrets) === undefined);
}

function secretOrNone(key: string, secrets: Secrets): string | undefined {
  try {
    return secrets(key);
  } catch {
    return undefined;
  }
}

/** The host alone: the rest of such an address is what lets one send there. */
export function whereOf(channel: Channel, secrets: Secrets): string {
  if (channel.type === 'command') return channel.argv[0] ?? '';
  const value = secretOrNone(channel.urlKey, secrets);
  const host = value !== undefined && URL.canParse(value) ? new URL(value).host : channel.urlKey;
  return channel.type === 'smtp' ? `${channel.to.join(', ')} by ${host}` : host;
}
