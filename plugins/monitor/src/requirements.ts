import { join } from 'node:path';
import {
  findProgram,
  Redactor,
  type Requirement,
  type Site,
  writableRequirement,
} from '@om-ops/kit';
import { channelStates } from './notify/channel-state.ts';
import { Outbox } from './notify/outbox.ts';
import { secretsOf } from './notify/secrets.ts';
import { type Channel, notifySection } from './site/notify.ts';

/** Where alerts are kept, and what each way of telling somebody wants. */
export async function monitorRequirements(site: Site): Promise<Requirement[]> {
  const notify = await site.section(notifySection);
  const secrets = secretsOf(site, new Redactor());
  const outbox = new Outbox(site.state, { warn: () => undefined, command: 'om-ops doctor' });
  const found: Requirement[] = [
    writableRequirement(join(site.state, 'monitor'), 'keeping alerts and what was measured'),
  ];
  for (const { name, missing, state, error } of channelStates(notify, outbox, secrets)) {
    const channel = notify.channels[name];
    if (channel !== undefined) found.push(channelRequirement(name, channel, missing));
    if (state !== 'refused') continue;
    found.push({
      ...{ kind: 'service', name, purpose: `telling on the channel ${name}`, state: 'missing' },
      detail: `does not take what it is sent: ${error}`,
      fix: `Mend the channel, then try it: om-ops notify test ${name}`,
    });
  }
  const { urlKey } = notify.heartbeat;
  if (urlKey !== null) {
    const isThere = keyIsThere(urlKey, secrets);
    found.push({
      ...{ kind: 'path', name: urlKey, purpose: 'telling outside that all is well' },
      state: isThere ? 'ok' : 'missing',
      ...(isThere ? {} : missingKey(urlKey)),
    });
  }
  return found;
}

function keyIsThere(key: string, secrets: (key: string) => string): boolean {
  try {
    return secrets(key) !== '';
  } catch {
    return false;
  }
}

function channelRequirement(
  name: string,
  channel: Channel,
  missing: readonly string[],
): Requirement {
  const purpose = `telling on the channel ${name}`;
  if (channel.type === 'command') {
    const [program = ''] = channel.argv;
    const path = findProgram(program);
    return {
      ...{ kind: 'program', name: program, purpose, state: path === undefined ? 'missing' : 'ok' },
      ...(path === undefined
        ? { detail: 'not found', fix: `Install it, or correct notify.channels.${name}.argv.` }
        : { detail: path }),
    };
  }
  const [key] = missing;
  return {
    ...{ kind: 'path', name: key ?? channel.urlKey, purpose },
    state: key === undefined ? 'ok' : 'missing',
    ...(key === undefined ? {} : missingKey(key)),
  };
}

function missingKey(key: string): Pick<Requirement, 'detail' | 'fix'> {
  return { detail: 'is in no env file', fix: `Add it to an env file of the site: ${key}=…` };
}
