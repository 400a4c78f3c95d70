import { readdirSync, readFileSync } from 'node:fs';

/** The user of `user NAME [GROUP];` at the top of an nginx.conf; undefined without one. */
export function userDirective(text: string): string | undefined {
  // It may stand at the top level only, and takes one or two plain words.
  const top = text.replace(/#.*$/gm, '').split('{')[0] ?? '';
  return /(?:^|[;}\s])user\s+["']?([A-Za-z_][\w.-]*\$?)["']?(?:\s+[^;]*)?;/.exec(top)?.[1];
}

/** The users of nginx' workers; the master is root and writes no uploads. */
export function workerUids(proc = '/proc'): number[] {
  const uids = new Set<number>();
  for (const pid of readdirSync(proc)) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      if (!readFileSync(`${proc}/${pid}/cmdline`, 'utf8').startsWith('nginx: worker process'))
        continue;
      const [, , effective] =
        /^Uid:\s+(\d+)\s+(\d+)/m.exec(readFileSync(`${proc}/${pid}/status`, 'utf8')) ?? [];
      if (effective !== undefined) uids.add(Number(effective));
    } catch {
      // It has ended meanwhile.
    }
  }
  return [...uids];
}
