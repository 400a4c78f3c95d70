import { type Exit, type Look, noLook } from '../look.ts';
import { cgroupProcesses, memoryOf } from '../memory.ts';
import { execLines, type UnitProperties } from './unit.ts';

/** The numbers that `ExecMainCode` gives: CLD_EXITED, CLD_KILLED, CLD_DUMPED. */
const exited = '1';
const signals = ['2', '3'];

const signalNames: Readonly<Record<string, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
};

/** How a unit stands, from what `systemctl show` says of it. */
export function unitLook(unit: string, of: UnitProperties): Look {
  const get = (key: string) => of.get(key) ?? '';
  const [active, sub] = [get('ActiveState'), get('SubState')];
  const load = get('LoadState');
  if (load === 'not-found')
    return {
      ...noLook,
      state: 'absent',
      detail: 'not found',
      problem: `systemd knows no ${unit}.`,
    };
  const pid = numberOf(get('MainPID')) || null;
  const exit = exitOf(of);
  const group = get('ControlGroup');
  const pids = group === '' ? [] : cgroupProcesses(group);
  const isBusy = get('Job') !== '' && get('Job') !== '0';
  const state = stateOf(active, sub, isBusy);
  const isRunning = state === 'running';
  const memory = numberOf(get('MemoryCurrent'));
  const problem = problemOf(unit, of, pid);
  const since = timeOf(
    get(pid === null ? 'StateChangeTimestampMonotonic' : 'ExecMainStartTimestampMonotonic'),
  );
  return {
    // What has no process of its own says nothing of what it stands for.
    state: problem?.isHollow === true && isRunning ? 'unknown' : state,
    detail: load === 'loaded' ? `${active} (${sub})` : load,
    pid,
    key: keyOf(of, pid, isRunning),
    since,
    restarts: numberOf(get('NRestarts')) ?? null,
    enabled: enabledOf(get('UnitFileState')),
    exit,
    memoryBytes: memory ?? (pids.length === 0 ? null : memoryOf(pids)),
    cpuPercent: null,
    pids,
    ...(problem === undefined ? {} : { problem: problem.text }),
  };
}

function keyOf(of: UnitProperties, pid: number | null, isRunning: boolean): string | null {
  if (pid !== null) return `${pid} of ${of.get('ExecMainStartTimestampMonotonic')}`;
  return isRunning ? `active ${of.get('ActiveEnterTimestampMonotonic')}` : null;
}

function stateOf(active: string, sub: string, isBusy: boolean): Look['state'] {
  switch (active) {
    case 'active':
      return 'running';
    case 'reloading':
      return 'running';
    case 'activating':
      return sub.startsWith('auto-restart') ? 'restarting' : 'starting';
    case 'deactivating':
      return 'stopping';
    case 'failed':
      return isBusy ? 'starting' : 'failed';
    case 'inactive':
      return isBusy ? 'starting' : 'stopped';
    default:
      return 'unknown';
  }
}

function problemOf(
  unit: string,
  of: UnitProperties,
  pid: number | null,
): { text: string; isHollow?: boolean } | undefined {
  const load = of.get('LoadState');
  if (load === 'masked') return { text: `${unit} is masked.` };
  if (load !== 'loaded') {
    const said = of.get('LoadError')?.replace(/^\S+\s+"?|"$/g, '');
    return { text: `${unit} could not be loaded (${load}${said ? `: ${said}` : ''}).` };
  }
  const parts = (of.get('ConsistsOf') ?? '').split(' ').filter((name) => name.endsWith('.service'));
  const [start] = execLines(of.get('ExecStart') ?? '');
  const doesNothing = start === undefined || /\/true$/.test(start.path);
  if (pid === null && of.get('SubState') === 'exited' && (parts.length > 0 || doesNothing)) {
    const instead = parts.length === 0 ? '' : ` Name what runs it: ${parts.join(', ')}.`;
    const text = `${unit} has no process of its own: being active says nothing of what it stands for.${instead}`;
    return { text, isHollow: true };
  }
  if (of.get('NeedDaemonReload') === 'yes')
    return {
      text: `${unit} has changed on disk and systemd has not read it: systemctl daemon-reload.`,
    };
  return undefined;
}

function exitOf(of: UnitProperties): Exit | null {
  const code = of.get('ExecMainCode') ?? '';
  const status = numberOf(of.get('ExecMainStatus') ?? '');
  const result = of.get('Result') ?? '';
  const exit: Exit = {
    ...(code === exited && status !== undefined ? { code: status } : {}),
    ...(signals.includes(code)
      ? { signal: signalNames[String(status)] ?? `signal ${status}` }
      : {}),
    ...(result === '' || (result === 'success' && code !== exited && !signals.includes(code))
      ? {}
      : { result }),
  };
  return Object.keys(exit).length === 0 ? null : exit;
}

function enabledOf(state: string): boolean | null {
  if (['enabled', 'enabled-runtime', 'alias'].includes(state)) return true;
  if (['disabled', 'masked', 'masked-runtime', 'bad'].includes(state)) return false;
  return null;
}

function numberOf(text: string): number | undefined {
  // `[not set]`, and all ones where there is no limit.
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** From microseconds of the clock that stands still for nobody. */
function timeOf(text: string): number | null {
  const at = numberOf(text);
  if (at === undefined || at === 0) return null;
  const nowUs = Number(process.hrtime.bigint() / 1000n);
  return Math.round(Date.now() - (nowUs - at) / 1000);
}
