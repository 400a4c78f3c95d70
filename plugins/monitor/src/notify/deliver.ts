import { clauseOf, isOpsError, messageOf } from '@om-ops/kit';
import type { Channel } from '../site/notify.ts';
import type { Way } from './channels/channel.ts';
import type { Delivery } from './message.ts';

/**
 * Sends a message on a channel. What fails is an answer, with the reason in words and without secrets.
 *
 * @throws the signal's reason
 */
export async function deliver(
  channel: Channel,
  way: Way,
  redact: (text: string) => string,
): Promise<Delivery> {
  try {
    const delivery = await byType(channel, way);
    const { error } = delivery;
    return error === null ? delivery : { ...delivery, error: redact(clauseOf(error)) };
  } catch (error) {
    way.signal.throwIfAborted();
    // A key that is not set yet can be; anything else that is thrown is no answer of the other side.
    const text = isOpsError(error) ? error.message : `it could not be sent: ${messageOf(error)}`;
    return { outcome: 'later', error: redact(clauseOf(text)) };
  }
}

async function byType(channel: Channel, way: Way): Promise<Delivery> {
  switch (channel.type) {
    case 'command': {
      const { deliverByCommand } = await import('./channels/command.ts');
      return deliverByCommand(channel, way);
    }
    case 'webhook': {
      const { deliverByWebhook } = await import('./channels/webhook.ts');
      return deliverByWebhook(channel, way);
    }
    case 'smtp': {
      const { deliverByMail } = await import('./channels/smtp.ts');
      return deliverByMail(channel, way);
    }
  }
}
