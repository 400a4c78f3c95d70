import { getSystemErrorName } from 'node:util';

/** An error of a system call, shaped like those of `fs`. `errno` is positive, as the C library has it. */
export function systemError(errno: number, syscall: string, path?: Buffer): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno);
  const where = path === undefined ? '' : ` '${path.toString()}'`;
  return Object.assign(new Error(`${code}: ${syscall}${where}`), {
    code,
    errno: -errno,
    syscall,
    ...(path === undefined ? {} : { path: path.toString() }),
  });
}
