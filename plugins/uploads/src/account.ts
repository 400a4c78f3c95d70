import { readFileSync } from 'node:fs';
import { execLook } from '@om-ops/kit';

/** A user of this machine. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
  /** The name of the main group, or its number. */
  group: string;
}

/** The user of a name or number, as the machine's name service knows it; undefined when there is none. */
export async function findAccount(
  user: string | number,
  signal: AbortSignal,
): Promise<Account | undefined> {
  const wanted = String(user);
  const fields = await entryOf('passwd', wanted, signal);
  const [name, , uid, gid] = fields ?? [];
  if (name === undefined || uid === undefined || gid === undefined) return undefined;
  return { name, uid: Number(uid), gid: Number(gid), group: await groupName(Number(gid), signal) };
}

export async function groupName(gid: number, signal: AbortSignal): Promise<string> {
  return (await entryOf('group', String(gid), signal))?.[0] ?? String(gid);
}

export async function userName(uid: number, signal: AbortSignal): Promise<string> {
  return (await entryOf('passwd', String(uid), signal))?.[0] ?? String(uid);
}

/** From the machine's own file, which comes first nearly everywhere, else from wherever else its users are kept. */
async function entryOf(
  database: 'passwd' | 'group',
  wanted: string,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  const own = linesOf(`/etc/${database}`).find(([name, , id]) => name === wanted || id === wanted);
  if (own !== undefined) return own;
  const asked = ['getent', [database, '--', wanted], { accept: 'any', signal }] as const;
  const fields = (await execLook(...asked)).stdout.trim().split(':');
  return fields.length > 2 ? fields : undefined;
}

function linesOf(path: string): string[][] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
  } catch {
    return [];
  }
}
