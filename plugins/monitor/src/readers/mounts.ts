import { type Machine, neededText } from './machine.ts';

/** A file system and where it is mounted. */
export interface Mount {
  path: string;
  /** Which part of the file system stands there: `/` for all of it. */
  root: string;
  /** `254:0`. */
  device: string;
  /** `ext4`. */
  type: string;
  /** `/dev/vda1`, `server:/export`. */
  source: string;
  isReadOnly: boolean;
}

/** Spaces and line feeds of a path are written as `\040`. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );

/** All of them; of several at one place the last, which is the one that is seen. */
export function readMounts({ proc }: Machine): Mount[] {
  const found = new Map<string, Mount>();
  for (const line of neededText(proc, 'self/mountinfo').split('\n')) {
    const [own = '', behind = ''] = line.split(' - ');
    const [, , device, root, path, options] = own.split(' ');
    const [type, source, superOptions = ''] = behind.split(' ');
    if (path === undefined || root === undefined || device === undefined || type === undefined)
      continue;
    const isReadOnly = [options, superOptions].some((all) => all?.split(',').includes('ro'));
    found.set(path, {
      path: unescaped(path),
      root: unescaped(root),
      device,
      type,
      source: unescaped(source ?? ''),
      isReadOnly,
    });
  }
  return [...found.values()];
}

const pseudo = new Set(
  'autofs binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs fuse.lxcfs fusectl hugetlbfs mqueue nsfs overlay proc pstore ramfs rootfs rpc_pipefs securityfs selinuxfs squashfs sysfs tmpfs tracefs erofs iso9660 udf'.split(
    ' ',
  ),
);

const network =
  /^(?:nfs4?|cifs|smb3?|smbfs|ncpfs|afs|ceph|glusterfs|fuse\.(?:sshfs|s3fs|glusterfs|rclone|gcsfuse|davfs|ceph)|9p|davfs|beegfs|lustre|orangefs)$/;

/** Whether a dead server can hold up whoever asks. */
export function isOnNetwork({ type }: Mount): boolean {
  // What else may be behind a fuse cannot be told.
  return network.test(type) || type.startsWith('fuse.');
}

/**
 * Those whose room is worth looking at: each device once, at the shortest path of all of it. The root of a
 * container counts although it is an overlay.
 */
export function watchedMounts(mounts: readonly Mount[], ignored: readonly RegExp[] = []): Mount[] {
  const byDevice = new Map<string, Mount>();
  for (const mount of mounts) {
    const isRoot = mount.path === '/';
    if (ignored.some((pattern) => pattern.test(mount.path))) continue;
    if (isOnNetwork(mount) || (pseudo.has(mount.type) && !(isRoot && mount.type === 'overlay')))
      continue;
    if (mount.isReadOnly && !isRoot) continue;
    const known = byDevice.get(mount.device);
    if (known === undefined || isBetter(mount, known)) byDevice.set(mount.device, mount);
  }
  return [...byDevice.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}

function isBetter(one: Mount, other: Mount): boolean {
  // Bind mounts show a part of what is whole elsewhere; btrfs has a subvolume everywhere.
  if ((one.root === '/') !== (other.root === '/')) return one.root === '/';
  return one.path.length < other.path.length;
}
