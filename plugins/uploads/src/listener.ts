import { readFileSync } from 'node:fs';

const listening = '0A';

/**
 * As whom the process runs that listens on a TCP port of this machine, after the kernel's own table, which
 * everybody may read. Undefined when nothing listens there, or several users do.
 */
export function listenerUid(
  port: number,
  tables: readonly string[] = ['/proc/net/tcp', '/proc/net/tcp6'],
): number | undefined {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const uids = new Set<number>();
  for (const table of tables) {
    for (const line of readTable(table)) {
      const [, local = '', , state, , , , uid] = line.trim().split(/\s+/);
      if (state === listening && local.endsWith(`:${wanted}`)) uids.add(Number(uid));
    }
  }
  const [only, other] = uids;
  return other === undefined ? only : undefined;
}

function readTable(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(1);
  } catch {
    // Without IPv6 there is no second one.
    return [];
  }
}
