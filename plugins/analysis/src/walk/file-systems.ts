import { statfsSync } from 'node:fs';
import { systemPath } from '../paths/escape.ts';
import { readMounts } from './mounts.ts';

// Views of the kernel's own state: their sizes mean nothing and reading some of them has effects.
const pseudo = new Map<number, string>([
  [0x9fa0, 'proc'],
  [0x62656572, 'sysfs'],
  [0x1cd1, 'devpts'],
  [0x27e0eb, 'cgroup'],
  [0x63677270, 'cgroup2'],
  [0x64626720, 'debugfs'],
  [0x74726163, 'tracefs'],
  [0x73636673, 'securityfs'],
  [0xcafe4a11, 'bpf'],
  [0x6165676c, 'pstore'],
  [0x62656570, 'configfs'],
  [0x19800202, 'mqueue'],
  [0x958458f6, 'hugetlbfs'],
  [0x65735543, 'fusectl'],
  [0x0187, 'autofs'],
  [0x42494e4d, 'binfmt_misc'],
  [0xde5e81e4, 'efivarfs'],
  [0x6e736673, 'nsfs'],
  [0x67596969, 'rpc_pipefs'],
  [0xf97cff8c, 'selinuxfs'],
  [0x6e667364, 'nfsd'],
]);
const tmpfs = 0x01021994;

/** Kind of the file system a folder lies on; `pseudo` when there is nothing on it to analyse. */
export interface FileSystem {
  name: string;
  pseudo: boolean;
}

/** Looks each device up once. */
export class FileSystems {
  readonly #known = new Map<number, FileSystem>();
  #mounted: Map<number, string> | undefined;

  of(path: string, device: number): FileSystem {
    let found = this.#known.get(device);
    if (found === undefined) {
      found = this.#look(path, device);
      this.#known.set(device, found);
    }
    return found;
  }

  #look(path: string, device: number): FileSystem {
    this.#mounted ??= mountedFileSystems();
    const name = this.#mounted.get(device);
    let type: number;
    try {
      type = statfsSync(systemPath(path)).type >>> 0;
    } catch {
      // One that does not even answer statfs (a dead FUSE or NFS mount) would not answer readdir.
      return { name: name ?? 'unknown', pseudo: true };
    }
    // /dev says it is a tmpfs; only the mount table knows better.
    if (type === tmpfs && name === 'devtmpfs') return { name, pseudo: true };
    return { name: name ?? pseudo.get(type) ?? 'other', pseudo: pseudo.has(type) };
  }
}

/** Kind of file system by device number. */
function mountedFileSystems(): Map<number, string> {
  return new Map(readMounts().map(({ device, kind }) => [device, kind]));
}
