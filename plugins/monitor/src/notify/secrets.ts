import { OpsError, type Redactor, readEnvFiles, type Site } from '@om-ops/kit';
import type { Channel } from '../site/notify.ts';

export type Secrets = (key: string) => string;

/** Looks keys up in the site's env files, then in the environment; what it gives out is shown nowhere. */
export function secretsOf(site: Site, redactor: Redactor): Secrets {
  let values: ReadonlyMap<string, string> | undefined;
  return (key) => {
    values ??= readEnvFiles(site).values;
    const value = (values.get(key) || process.env[key]) ?? '';
    if (value === '') throw missingKey(key, site);
    redactor.add(value, ...secretParts(value));
    return value;
  };
}

/** Of an address that is a secret as a whole, what a message of an error may hold of it. */
function secretParts(value: string): string[] {
  if (!URL.canParse(value)) return [];
  const { username, password, pathname, search } = new URL(value);
  return [
    decodeURIComponent(password),
    ...(username === '' ? [] : [decodeURIComponent(username)]),
    // A short path is a word that output is full of.
    ...(pathname.length > 12 ? [pathname + search] : []),
  ];
}

function missingKey(key: string, site: Site): OpsError {
  return new OpsError('E_NO_SECRET', `${key} is set in no env file of the site.`, {
    exit: 'requirement',
    suggestions: [
      `Add it to ${site.below(site.envFiles[0] ?? '.env')}: ${key}=…`,
      'See which channels want which: om-ops notify list',
    ],
  });
}

/** The keys that a channel wants. */
export function keysOf(channel: Channel): string[] {
  if (channel.type === 'command') return [];
  const token = channel.type === 'webhook' ? channel.tokenKey : undefined;
  return [channel.urlKey, ...(token === undefined ? [] : [token])];
}
