import { readFileSync, statSync } from 'node:fs';
import { execLook } from '../exec.ts';

/** A user of this machine. */
export interface Owner {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

/** A user by name or number; undefined when there is none. Of passwd first, then of whatever else names users. */
export async function accountOf(user: string | number): Promise<Owner | undefined> {
  const wanted = String(user);
  const isIt = ({ name, uid }: Owner) => name === wanted || String(uid) === wanted;
  const local = lines(readPasswd()).find(isIt);
  if (local !== undefined) return local;
  const { stdout } = await execLook('getent', ['passwd', wanted], { accept: 'any' }).catch(() => ({
    stdout: '',
  }));
  return lines(stdout)[0];
}

/** Who owns a path; undefined when it is not there. */
export function ownerOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.uid;
}

function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}

function lines(passwd: string): Owner[] {
  return passwd.split('\n').flatMap((line) => {
    const [name, , uid, gid, , home] = line.split(':');
    return name && home && /^\d+$/.test(`${uid}`)
      ? [{ name, uid: Number(uid), gid: Number(gid), home }]
      : [];
  });
}
