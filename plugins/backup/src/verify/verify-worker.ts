import { type ReadingThread, runReadingThread } from '../archive/tar/reader-thread.ts';
import { type VerifiedMembers, verifyMembers } from './verify-members.ts';

export interface VerifyWork {
  isDatabase: boolean | undefined;
}

export interface VerifyDone extends VerifiedMembers {
  sha256: string;
  compressedBytes: number;
}

await runReadingThread(async (thread: ReadingThread<VerifyWork>): Promise<VerifyDone> => {
  const { reader, data, gunzipNote } = thread;
  const onMember = (): void => {
    thread.checkStopped();
    thread.countMember();
  };
  const members = await verifyMembers({
    reader,
    gunzipNote,
    isDatabase: data.isDatabase,
    onMember,
  });
  const { sha256 = '', compressedBytes } = gunzipNote();
  return { ...members, sha256, compressedBytes };
});
