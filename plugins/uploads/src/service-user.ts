import { readFileSync } from 'node:fs';
import { type AppService, isOpsError, OpsError, type Site } from '@om-ops/kit';
import { type Account, findAccount } from './account.ts';
import { listenerUid } from './listener.ts';
import { userDirective, workerUids } from './nginx-user.ts';
import type { UploadsSection } from './site.ts';

/** As whom the application writes, and which rule says so. */
export interface ServiceUser extends Account {
  /** The end of a sentence: `the process that listens on port 3001`. */
  from: string;
}

export interface ServiceUserOptions {
  site: Pick<Site, 'backend'>;
  section: Pick<UploadsSection, 'owner'>;
  signal: AbortSignal;
  /** What runs the backend; throws E_NO_SERVICE when nothing is known to. Left out: nobody is asked. */
  service?(): Promise<AppService>;
  /** Main configuration files of nginx. */
  nginxFiles?: readonly string[];
}

/**
 * The first rule that gives a user of this machine decides: the running application, as its manager or its
 * port tells, then the profile, then nginx' `user` directive, then nginx' workers.
 *
 * @throws OpsError E_NO_SERVICE_USER (exit 5) when none does, E_NO_USER (exit 5) when the profile names one that is not there
 */
export async function findServiceUser(options: ServiceUserOptions): Promise<ServiceUser> {
  for (const rule of [fromManager, fromPort, fromProfile, fromDirective, fromWorkers]) {
    const found = await rule(options);
    if (found !== undefined) return found;
  }
  throw new OpsError(
    'E_NO_SERVICE_USER',
    'As whom the application writes is not known: it does not run, the profile does not say, and there is no nginx to ask.',
    {
      exit: 'requirement',
      suggestions: [
        'Start the application, or name its user in the site profile: uploads: {owner: www-data}',
      ],
    },
  );
}

async function fromManager({
  service,
  signal,
}: ServiceUserOptions): Promise<ServiceUser | undefined> {
  try {
    const user = await (await service?.())?.user(signal);
    if (user === undefined || user === null) return undefined;
    const account = await findAccount(user.uid, signal);
    return account === undefined ? undefined : { ...account, from: user.from };
  } catch (error) {
    // No manager is known: the other rules are asked. Two of them are for the user to decide.
    if (isOpsError(error) && error.code !== 'E_AMBIGUOUS_SERVICE') return undefined;
    throw error;
  }
}

async function fromPort({ site, signal }: ServiceUserOptions): Promise<ServiceUser | undefined> {
  const { port } = site.backend;
  const uid = listenerUid(port);
  if (uid === undefined) return undefined;
  const account = await findAccount(uid, signal);
  return account && { ...account, from: `the process that listens on port ${port}` };
}

async function fromProfile({
  section,
  signal,
}: ServiceUserOptions): Promise<ServiceUser | undefined> {
  if (section.owner === 'auto') return undefined;
  return {
    ...(await accountOfProfile(section.owner, signal)),
    from: 'uploads.owner of the profile',
  };
}

/** @throws OpsError E_NO_USER (exit 5) */
export async function accountOfProfile(owner: string, signal: AbortSignal): Promise<Account> {
  const account = await findAccount(owner, signal);
  if (account !== undefined) return account;
  throw new OpsError('E_NO_USER', `There is no user ${owner} on this machine.`, {
    exit: 'requirement',
    suggestions: ['Correct uploads.owner in the site profile: om-ops config show'],
  });
}

async function fromDirective({
  nginxFiles = [],
  signal,
}: ServiceUserOptions): Promise<ServiceUser | undefined> {
  for (const file of nginxFiles) {
    const name = userDirective(textOf(file));
    const account = name === undefined ? undefined : await findAccount(name, signal);
    if (account !== undefined) return { ...account, from: `the user directive of ${file}` };
  }
  return undefined;
}

async function fromWorkers({ signal }: ServiceUserOptions): Promise<ServiceUser | undefined> {
  const [only, other] = workerUids();
  if (only === undefined || other !== undefined) return undefined;
  const account = await findAccount(only, signal);
  return account && { ...account, from: "nginx' worker processes" };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
