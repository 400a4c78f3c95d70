import { createHmac, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { isThere, makeStateFolder, writeFileAtomic } from '@om-ops/kit';
import { readSmallFile } from '@om-ops/kit/site';

/**
 * Names a value without giving it away: keyed with a key that never leaves STATE, so that nobody can try
 * values against it. Equal values have equal ones, on this site.
 */
export type Fingerprint = (value: string) => string;

/** @param keep whether a key that is not there yet is made; without it, one for this once */
export async function fingerprinting(state: string, keep: boolean): Promise<Fingerprint> {
  const path = join(state, 'env/key');
  let key: string;
  if (isThere(path)) key = readSmallFile(path, 'key of the fingerprints');
  else {
    key = randomBytes(32).toString('hex');
    if (keep) {
      makeStateFolder(join(state, 'env'));
      await writeFileAtomic(path, key);
    }
  }
  return (value) => createHmac('sha256', key).update(value).digest('hex').slice(0, 12);
}
