import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { execLook, type ServiceNode } from '@om-ops/kit';

/** The Node that a process runs on; null when it is something else. */
export async function nodeOf(pid: number | null): Promise<ServiceNode | null> {
  const program = pid === null ? undefined : executable(pid);
  if (program === undefined || !/^node(?:js)?(?:-?v?[\d.]+)?$/.test(basename(program))) return null;
  const { stdout } = await execLook(program, ['--version'], { accept: 'any' }).catch(() => ({
    stdout: '',
  }));
  return { program, version: /^v(\d\S*)/.exec(stdout.trim())?.[1] ?? null };
}

function executable(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
  } catch {
    return undefined;
  }
}
