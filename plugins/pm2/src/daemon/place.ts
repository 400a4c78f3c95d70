import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { OpsError, type Site } from '@om-ops/kit';
import { accountOf, type Owner, ownerOf } from '@om-ops/kit/proc';
import type { Pm2Section } from '../site.ts';

/** Where a PM2 has its files and its sockets, and whose it is. */
export interface Pm2Place {
  /** PM2_HOME. */
  home: string;
  socket: string;
  /** Who runs it, or would. */
  owner: Owner;
  /** Whether that is somebody else than who runs om-ops. */
  isOther: boolean;
}

/**
 * Where the site's PM2 is. Who runs om-ops decides, as with the program `pm2`, unless the profile says
 * otherwise; as root, the owner of a home that the profile names, so that nothing of root's gets into it.
 *
 * @throws OpsError E_NO_USER (exit 5)
 */
export async function pm2Place(
  site: Pick<Site, 'below'>,
  { home, user }: Pick<Pm2Section, 'home' | 'user'>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Pm2Place> {
  const me = process.geteuid?.() ?? 0;
  const named = home === null ? undefined : site.below(home);
  const owner = await whose(user, me, named);
  const isOther = owner.uid !== me;
  const own = isOther ? undefined : env.PM2_HOME || undefined;
  const at = named ?? (own === undefined ? join(owner.home, '.pm2') : resolve(own));
  return { home: at, socket: join(at, 'rpc.sock'), owner, isOther };
}

async function whose(user: string | null, me: number, home: string | undefined): Promise<Owner> {
  if (user === null) {
    const uid = me === 0 && home !== undefined ? (ownerOf(home) ?? me) : me;
    const account = await accountOf(uid);
    // PM2 goes by HOME where it runs as the one who calls it.
    if (uid === me)
      return { uid, gid: account?.gid ?? uid, name: account?.name ?? String(uid), home: homedir() };
    if (account !== undefined) return account;
    throw noUser(String(uid));
  }
  const account = await accountOf(user);
  if (account === undefined) throw noUser(user);
  return account.uid === me && account.uid !== 0 ? { ...account, home: homedir() } : account;
}

function noUser(user: string): OpsError {
  return new OpsError('E_NO_USER', `There is no user ${user} on this machine.`, {
    exit: 'requirement',
    suggestions: ['Correct pm2.user in the site profile: om-ops config show'],
  });
}
