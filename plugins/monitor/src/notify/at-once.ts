import type { Telling } from '../alerts/store.ts';
import { composed, worstLevel } from './compose.ts';
import { deliver } from './deliver.ts';
import { newMessage } from './outbox.ts';
import type { PostOptions } from './post.ts';
import { routed } from './routes.ts';

/** Tells what can be written nowhere: once, to everybody, whatever their hours. */
export async function deliverAtOnce(telling: Telling, options: PostOptions): Promise<void> {
  const { section, sender, secrets, redact, warn, now, timeoutMs, signal } = options;
  const time = now();
  const parts = Map.groupBy(routed(telling.lines, section, time), ({ channel }) => channel);
  await Promise.all(
    [...parts].map(async ([name, all]) => {
      const channel = section.channels[name];
      if (channel === undefined) return;
      const lines = all.flatMap((part) => part.lines);
      const message = {
        ...newMessage({ id: `${telling.pass}-${name}`, channel: name, kind: 'alert', now: time }),
        ...{ lines, level: worstLevel(lines) },
      };
      const way = { message, composed: composed(message, sender, time), sender, timeoutMs, signal };
      const { outcome, error } = await deliver(channel, { ...way, secret: secrets }, redact);
      if (outcome !== 'sent') warn(`${name} could not be told: ${error}.`);
    }),
  );
}
