import { exitMeaning } from '../kinds/look.ts';
import { execLines, showUnits, type UnitProperties } from '../kinds/systemd/unit.ts';
import { type Cause, nothingAround, type Surroundings } from './cause.ts';

/** What more has to be known of a unit than how it stands. */
const details = [
  'FragmentPath',
  'User',
  'WorkingDirectory',
  'RootDirectory',
  'EnvironmentFiles',
  'Requires',
  'BindsTo',
  'ConditionResult',
  'AssertResult',
  'StartLimitBurst',
  'StartLimitIntervalUSec',
  'TimeoutStartUSec',
  'MemoryMax',
  'Restart',
];

export interface UnitFindings {
  causes: Cause[];
  around: Surroundings;
}

/** What systemd itself says of a unit that does not start. */
export async function unitCauses(unit: string, signal: AbortSignal): Promise<UnitFindings> {
  const asked = await showUnits([unit], signal, details);
  if ('why' in asked)
    return { causes: [cause('systemd-unseen', asked.why, [])], around: nothingAround };
  const of = asked.units.get(unit) ?? new Map<string, string>();
  return {
    causes: [...loadCauses(unit, of), ...resultCauses(unit, of), ...(await needCauses(of, signal))],
    around: aroundOf(of),
  };
}

function cause(code: string, message: string, evidence: string[], command?: string): Cause {
  return { code, level: 'cause', message, evidence, ...(command === undefined ? {} : { command }) };
}

function loadCauses(unit: string, of: UnitProperties): Cause[] {
  const load = of.get('LoadState') ?? '';
  const said = `LoadState=${load}`;
  if (load === 'not-found')
    return [
      cause(
        'unit-absent',
        `systemd knows no ${unit}.`,
        [said],
        `systemctl list-unit-files '${unit.replace(/[@.].*/, '')}*'`,
      ),
    ];
  if (load === 'masked')
    return [
      cause(
        'unit-masked',
        `${unit} is masked, so nothing can start it.`,
        [said],
        `systemctl unmask ${unit}`,
      ),
    ];
  if (load !== 'loaded')
    return [
      cause(
        'unit-broken',
        `The unit file of ${unit} cannot be read as one.`,
        [said, of.get('LoadError') ?? ''],
        `systemd-analyze verify ${of.get('FragmentPath') || unit}`,
      ),
    ];
  const found: Cause[] = [];
  if (of.get('NeedDaemonReload') === 'yes')
    found.push({
      ...cause(
        'unit-changed',
        'The unit file has changed, and systemd goes by the old one.',
        ['NeedDaemonReload=yes'],
        'systemctl daemon-reload',
      ),
      level: 'suspect',
    });
  for (const key of ['ConditionResult', 'AssertResult'])
    if (of.get(key) === 'no' && of.get('ActiveState') !== 'active')
      found.push(
        cause(
          'condition',
          `A condition of ${unit} does not hold, so systemd passed it over.`,
          [`${key}=no`],
          `systemctl status ${unit}`,
        ),
      );
  return found;
}

/** Also where the result is still that of the last try: else it would be tried again. */
function limitCause(unit: string, of: UnitProperties, evidence: string[]): Cause[] {
  const gaveUp =
    of.get('ActiveState') === 'failed' &&
    ['always', 'on-failure'].includes(of.get('Restart') ?? '') &&
    Number(of.get('NRestarts')) > 0;
  if (!gaveUp && of.get('Result') !== 'start-limit-hit') return [];
  const limit = `${of.get('StartLimitBurst')} times within ${of.get('StartLimitIntervalUSec')}`;
  return [
    cause(
      'start-limit',
      `It failed so often that systemd does not try any more: ${limit}.`,
      evidence,
      `systemctl reset-failed ${unit}`,
    ),
  ];
}

function resultCauses(unit: string, of: UnitProperties): Cause[] {
  const result = of.get('Result') ?? '';
  const status = Number(of.get('ExecMainStatus'));
  const evidence = [
    `Result=${result}`,
    ...(of.get('ExecMainCode') === '0' ? [] : [`ExecMainStatus=${status}`]),
    `NRestarts=${of.get('NRestarts')}`,
  ];
  return [...limitCause(unit, of, evidence), ...resultCause(unit, of, evidence)];
}

function resultCause(unit: string, of: UnitProperties, evidence: string[]): Cause[] {
  const result = of.get('Result') ?? '';
  const status = Number(of.get('ExecMainStatus'));
  switch (result) {
    case 'oom-kill':
      return [
        cause(
          'oom-kill',
          'The kernel ended it for want of memory.',
          [...evidence, `MemoryMax=${of.get('MemoryMax')}`],
          'om-ops service top --by memory',
        ),
      ];
    case 'timeout':
      return [
        cause(
          'timeout',
          `It did not say within ${of.get('TimeoutStartUSec')} that it is up, or did not end in time.`,
          [...evidence, `Type=${of.get('Type')}`],
        ),
      ];
    case 'watchdog':
      return [cause('watchdog', 'It did not answer the watchdog of systemd.', evidence)];
    case 'signal':
    case 'core-dump':
      return [
        cause('signal', `Signal ${status} ended it.`, evidence, `journalctl -u ${unit} -n 50`),
      ];
    case 'exit-code': {
      const meaning = exitMeaning(status);
      return [
        meaning === undefined
          ? cause('exit-code', `It ended by itself with exit status ${status}.`, evidence)
          : cause(
              'before-start',
              `systemd could not start it: status ${status}/${meaning}.`,
              evidence,
            ),
      ];
    }
    case 'resources':
    case 'protocol':
      return [
        cause(result, `systemd gave up on it: ${result}.`, evidence, `systemctl status ${unit}`),
      ];
    default:
      return [];
  }
}

async function needCauses(of: UnitProperties, signal: AbortSignal): Promise<Cause[]> {
  const needed = [of.get('Requires') ?? '', of.get('BindsTo') ?? '']
    .join(' ')
    .split(' ')
    .filter((name) => /\.(?:service|socket|mount)$/.test(name));
  if (needed.length === 0) return [];
  const asked = await showUnits(needed, signal);
  if ('why' in asked) return [];
  return needed.flatMap((name) => {
    const state = asked.units.get(name)?.get('ActiveState') ?? '';
    return state === 'active' || state === 'activating'
      ? []
      : [
          cause(
            'needed-unit',
            `It requires ${name}, which is ${state}.`,
            [`ActiveState=${state}`],
            `systemctl status ${name}`,
          ),
        ];
  });
}

function aroundOf(of: UnitProperties): Surroundings {
  // Below another root its paths mean something else.
  if (of.get('RootDirectory')) return nothingAround;
  const cwd = (of.get('WorkingDirectory') ?? '').replace(/^!/, '');
  const files = (of.get('EnvironmentFiles') ?? '').matchAll(/(\/.*?) \(ignore_errors=(yes|no)\)/g);
  return {
    programs: execLines(of.get('ExecStart') ?? '').flatMap(({ path, argv }) => [
      path,
      // What an interpreter is given: `python3 /srv/app/main.py`.
      ...argv.slice(1, 2).filter((one) => one.startsWith('/')),
    ]),
    cwd: cwd === '' || cwd === '~' ? null : cwd,
    user: of.get('User') || null,
    envFiles: [...files].map(([, path = '', may]) => ({ path, mayBeMissing: may === 'yes' })),
    writes: [],
  };
}
