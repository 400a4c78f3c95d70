import { randomBytes } from 'node:crypto';
import { constants, promises } from 'node:fs';
import { join } from 'node:path';

/**
 * Hands a text to a program that takes files only, as a file that has no name any more: mode 0600,
 * and unlinked before the program starts, so that not even a kill leaves it behind. The program opens
 * it as `/dev/fd/3` when the descriptor is the first one it inherits.
 */
export async function withSecretFile<T>(
  folder: string,
  text: string,
  use: (fd: number) => Promise<T>,
): Promise<T> {
  const path = join(folder, `.${randomBytes(8).toString('hex')}`);
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_RDWR;
  await using handle = await promises.open(path, flags, 0o600);
  try {
    await promises.unlink(path);
  } catch (error) {
    await promises.rm(path, { force: true });
    throw error;
  }
  await handle.writeFile(text);
  return await use(handle.fd);
}
