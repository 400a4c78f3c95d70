import { execLook } from '@om-ops/kit';
import { accountOf } from '@om-ops/kit/proc';

/** As whom PM2 runs an app, by numbers, under PM2's names. */
export interface Identity {
  uid?: string;
  gid?: string;
}

/**
 * What `uid`, `gid` and `user` of an app mean: PM2 keeps numbers, and takes the group of the user where none is named.
 * A name that nobody has stays as it is written: PM2 refuses it, and says so.
 */
export async function identityOf(app: Readonly<Record<string, unknown>>): Promise<Identity> {
  const user = app.uid || app.user;
  if (!user) return {};
  const account = await accountOf(String(user));
  return {
    uid: String(account?.uid ?? user),
    gid: app.gid ? await groupOf(String(app.gid)) : String(account?.gid ?? ''),
  };
}

async function groupOf(group: string): Promise<string> {
  const { stdout } = await execLook('getent', ['group', group], { accept: 'any' }).catch(() => ({
    stdout: '',
  }));
  return stdout.split(':')[2] ?? group;
}
