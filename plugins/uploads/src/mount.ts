import { readFileSync } from 'node:fs';

export interface Mount {
  point: string;
  readOnly: boolean;
}

/** The mount that a path lies on; undefined where the table cannot be read. */
export function mountOf(path: string, table = '/proc/self/mountinfo'): Mount | undefined {
  let best: Mount | undefined;
  for (const line of readTable(table)) {
    const [, , , , escaped = '', options = ''] = line.split(' ');
    const after = line.split(' - ')[1]?.split(' ')[2] ?? '';
    const point = escaped.replace(/\\(\d{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const holds = point === '/' || path === point || path.startsWith(`${point}/`);
    // Of two at one point the later one covers the other.
    if (!holds || (best !== undefined && point.length < best.point.length)) continue;
    const readOnly = [options, after].some((all) => all.split(',').includes('ro'));
    best = { point, readOnly };
  }
  return best;
}

function readTable(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
