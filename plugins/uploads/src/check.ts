import { dirname, relative } from 'node:path';
import { type Site, shellWord } from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import { type Access, accessOf } from './access.ts';
import { type Account, groupName, userName } from './account.ts';
import { type Found, findFolder, roomOf } from './folder.ts';
import { foldersBelow } from './folders-below.ts';
import { mountOf } from './mount.ts';
import type { ServiceUser } from './service-user.ts';
import { modeOf, type UploadsSection } from './site.ts';

export interface CheckedFolder {
  /** Absolute. */
  path: string;
  exists: boolean;
  /** Names, or numbers where there is none; null unless it exists. */
  owner: string | null;
  group: string | null;
  /** Octal: `0755`. */
  mode: string | null;
  /** As the service user, with all its groups; null when that could not be tried. */
  writable: boolean | null;
  freeBytes: number | null;
  /** Null too where the file system makes inodes as it needs them. */
  freeInodes: number | null;
  /** Sentences. None: it is as it should be. */
  problems: string[];
}

export interface CheckResult {
  /** Null when nobody knows. */
  user: { name: string; from: string } | null;
  dirs: CheckedFolder[];
}

export interface CheckOptions {
  site: Pick<Site, 'root' | 'below'>;
  section: UploadsSection;
  /** Undefined: what the application may do is not tried. */
  user: ServiceUser | undefined;
  /** Whose the folders have to be; undefined: nobody in particular. */
  owner?: Account;
  signal: AbortSignal;
}

/**
 * Looks at every folder, and tries as the service user whether it can be written to. Changes nothing.
 *
 * @throws OpsError E_PERMISSION (exit 5) when om-ops may not become the service user
 */
export async function checkFolders(options: CheckOptions): Promise<CheckedFolder[]> {
  const { site, section, user, signal } = options;
  const found = section.dirs.map((dir) => findFolder(site.below(dir)));
  const real = found.flatMap(({ realPath }) => realPath ?? []);
  const tried = [...new Set(real.flatMap((path) => [path, ...foldersBelow(path)]))];
  const access = user === undefined ? undefined : await accessOf(user, tried, signal);
  return Promise.all(found.map((one) => checked(one, access, options)));
}

async function checked(
  found: Found,
  access: Awaited<ReturnType<typeof accessOf>> | undefined,
  { site, section, user, owner, signal }: CheckOptions,
): Promise<CheckedFolder> {
  const { path, kind, realPath, stat } = found;
  if (kind !== 'folder' || stat === undefined || realPath === undefined) {
    return { ...absent(path), exists: kind === 'other', problems: [missingSentence(found)] };
  }
  const problems: string[] = [];
  const mode = stat.mode & 0o7777;
  const [ownerName, group] = await Promise.all([
    userName(stat.uid, signal),
    groupName(stat.gid, signal),
  ]);
  const mount = mountOf(realPath);
  const room = roomOf(realPath);
  const there = access?.get(realPath);
  if (there !== undefined && user !== undefined && !there.writable) {
    problems.push(
      there.blockedAt !== undefined
        ? `${user.name} cannot get there: it may not pass through ${there.blockedAt}.`
        : mount?.readOnly === true
          ? `It lies on ${mount.point}, which is mounted read-only.`
          : `${user.name} cannot write there${there.reason === undefined ? '' : `: ${there.reason}`}.`,
    );
  } else if (mount?.readOnly === true) {
    problems.push(`It lies on ${mount.point}, which is mounted read-only.`);
  }
  if (there?.writable === true && user !== undefined && access !== undefined)
    problems.push(...closedBelow(realPath, user, access));
  problems.push(...room.problems.map((problem) => `${problem}.`));
  if (owner !== undefined && owner.uid !== stat.uid)
    problems.push(`It belongs to ${ownerName}; the profile says ${owner.name}.`);
  const wanted = modeOf(section);
  if ((mode & wanted) !== wanted)
    problems.push(`Its mode is ${octal(mode)}; the profile asks for ${octal(wanted)}.`);
  if ((mode & 0o002) !== 0)
    problems.push(`Everybody on this machine may write there (mode ${octal(mode)}).`);
  const leadsOut = linkOut(found, site.root);
  if (leadsOut !== undefined) problems.push(leadsOut);
  return {
    path,
    exists: true,
    owner: ownerName,
    group,
    mode: octal(mode),
    writable: there?.writable ?? null,
    freeBytes: room.freeBytes,
    freeInodes: room.freeInodes,
    problems,
  };
}

/** Folders of former uploads that somebody else has made: a restore, a deployment, another user's script. */
function closedBelow(
  folder: string,
  { name }: ServiceUser,
  access: ReadonlyMap<string, Access>,
): string[] {
  const closed = [...access]
    .filter(([path, { writable }]) => path.startsWith(`${folder}/`) && !writable)
    .map(([path]) => path);
  const topmost = closed.filter((path) => !closed.includes(dirname(path)));
  const [first, ...others] = topmost;
  if (first === undefined) return [];
  const and = others.length === 0 ? '' : `, nor in ${plural(others.length, 'other folder')} of it`;
  return [
    `${name} cannot write in ${relative(folder, first)}${and}. If it has to: sudo chown -R ${shellWord(name)} ${shellWord(first)}`,
  ];
}

function absent(path: string): CheckedFolder {
  return {
    path,
    exists: false,
    owner: null,
    group: null,
    mode: null,
    writable: null,
    freeBytes: null,
    freeInodes: null,
    problems: [],
  };
}

function missingSentence({ kind, link }: Found): string {
  if (kind === 'dangling') return `${link?.at} links to ${link?.to}, and there is nothing.`;
  if (kind === 'other') return 'It is no folder.';
  if (kind === 'unreachable') return 'It may not be looked at by whoever runs om-ops.';
  return 'It does not exist.';
}

/** A link below root that leads somewhere else: what is written there is in no backup of the tree. */
function linkOut({ link, path, realPath }: Found, root: string): string | undefined {
  if (link === undefined || realPath === undefined) return undefined;
  const isBelow = (one: string, folder: string) => one === folder || one.startsWith(`${folder}/`);
  if (!isBelow(link.at, root) || link.at === root) return undefined;
  const real = findFolder(root).realPath ?? root;
  if (isBelow(realPath, real)) return undefined;
  return `${link.at === path ? 'It' : link.at} links to ${link.to}, out of ${root}. If that is meant, name the real path in uploads.dirs.`;
}

export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
