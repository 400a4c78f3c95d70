/** An extended attribute. The name holds its namespace: `user.note`, `security.capability`. */
export interface Xattr {
  name: string;
  value: Buffer;
}

/** A stretch of a file that holds data; what lies between two is a hole. In bytes. */
export interface Extent {
  offset: number;
  length: number;
}

/**
 * What Node's `fs` lacks. Paths are Buffers and may hold any byte but NUL; none of the calls follows
 * a symbolic link in the last place. A path below an open folder is written
 * `/proc/self/fd/<fd>/<name>`. Errors look like those of `fs`: `code`, `errno`, `syscall`, `path`.
 */
export interface PosixCalls {
  /** False on the fallback, where `xattrs` finds none, setting one throws ENOTSUP and times lose digits. */
  readonly supportsXattrs: boolean;
  /** Why the fallback is in use. */
  readonly missing?: string;
  /** All attributes that may be read, in the kernel's order, the ACLs as `system.posix_acl_*` among them. */
  xattrs(path: Buffer): Xattr[];
  fdXattrs(fd: number): Xattr[];
  setFdXattr(fd: number, name: string, value: Buffer): void;
  /** For what is open as a name only (O_PATH), be it a symbolic link. */
  setNameXattr(fd: number, name: string, value: Buffer): void;
  /** Where the first `size` bytes of the file hold data, ascending; the file offset is moved. */
  dataExtents(fd: number, size: number): Extent[];
  setFdTimes(fd: number, atimeNs: bigint, mtimeNs: bigint): void;
  /** As `setNameXattr`. */
  setNameTimes(fd: number, atimeNs: bigint, mtimeNs: bigint): void;
  makeFifo(path: Buffer, mode: number): void;
  /** Whether nobody, not even root, may change or replace it (`chattr +i`, `+a`); false where that cannot be told. */
  isImmutable(path: Buffer): boolean;
  /** Has what was written to the file system that the open file is on reach the disk; nothing on the fallback. */
  syncFileSystem(fd: number): void;
  /** Empty when the number has no name. Remembered, as the other three are. */
  userName(uid: number): string;
  groupName(gid: number): string;
  /** Undefined when the name is unknown here. */
  userId(name: string): number | undefined;
  groupId(name: string): number | undefined;
}
