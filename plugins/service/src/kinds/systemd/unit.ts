import { execLook, isOpsError, messageOf } from '@om-ops/kit';

/** What `systemctl show` says of a unit, by property. */
export type UnitProperties = ReadonlyMap<string, string>;

const properties = [
  'Id',
  'LoadState',
  'LoadError',
  'ActiveState',
  'SubState',
  'Result',
  'Type',
  'Job',
  'ExecMainCode',
  'ExecMainStatus',
  'ExecMainStartTimestampMonotonic',
  'ExecMainExitTimestampMonotonic',
  'ActiveEnterTimestampMonotonic',
  'StateChangeTimestampMonotonic',
  'NRestarts',
  'MainPID',
  'UnitFileState',
  'ControlGroup',
  'MemoryCurrent',
  'CanReload',
  'NeedDaemonReload',
  'ConsistsOf',
  'ExecStart',
  'ExecReload',
];

export type UnitsLook = { units: Map<string, UnitProperties> } | { why: string };

/** Asks for all units with one process. */
export async function showUnits(
  units: readonly string[],
  signal: AbortSignal,
  more: readonly string[] = [],
): Promise<UnitsLook> {
  const args = ['show', '--no-pager', `--property=${[...properties, ...more].join(',')}`, '--'];
  try {
    const { exitCode, stdout, stderr } = await execLook('systemctl', [...args, ...units], {
      accept: 'any',
      signal,
    });
    const blocks = blocksOf(stdout);
    if (blocks.length !== units.length) return { why: whyNot(stderr, exitCode) };
    return { units: new Map(units.map((unit, at) => [unit, blocks[at] as UnitProperties])) };
  } catch (error) {
    signal.throwIfAborted();
    if (!isOpsError(error)) throw error;
    return { why: messageOf(error) };
  }
}

function whyNot(stderr: string, exitCode: number): string {
  if (/not been booted with systemd|connect to bus/i.test(stderr))
    return 'systemd does not run on this machine, or may not be asked.';
  const [said] = stderr.trim().split('\n');
  return `systemctl gave no answer (exit ${exitCode})${said ? `: ${said}` : ''}.`;
}

/** One block a unit, in the order they were asked for; a property of several lines stands there several times. */
function blocksOf(stdout: string): UnitProperties[] {
  return stdout
    .split(/\n\n+/)
    .filter((block) => block.trim() !== '')
    .map((block) => {
      const found = new Map<string, string>();
      for (const line of block.split('\n')) {
        const at = line.indexOf('=');
        if (at <= 0) continue;
        const [key, value] = [line.slice(0, at), line.slice(at + 1)];
        const before = found.get(key);
        found.set(key, before === undefined ? value : `${before}\n${value}`);
      }
      return found;
    });
}

export interface ExecLine {
  path: string;
  argv: string[];
}

/** What `ExecStart` of `show` means: `{ path=/bin/sh ; argv[]=/bin/sh -c … ; ignore_errors=no ; … }`. */
export function execLines(value: string): ExecLine[] {
  return [...value.matchAll(/\{ path=(.*?) ; argv\[\]=(.*?) ; ignore_errors=/g)].map(
    ([, path = '', argv = '']) => ({ path, argv: argv.split(' ') }),
  );
}
