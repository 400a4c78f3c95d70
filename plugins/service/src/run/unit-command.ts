import { execLook, isOpsError, OpsError, readEnvFiles, type ServiceCommand } from '@om-ops/kit';
import { accountOf } from '@om-ops/kit/proc';
import { execLines, showUnits, type UnitProperties } from '../kinds/systemd/unit.ts';

const details = [
  'User',
  'WorkingDirectory',
  'RootDirectory',
  'Environment',
  'EnvironmentFiles',
  'LimitNOFILE',
  'LimitNOFILESoft',
  'LimitNPROC',
  'LimitNPROCSoft',
  'LimitAS',
  'LimitASSoft',
  'LimitCORE',
  'LimitCORESoft',
];

/**
 * What systemd would start for a unit, in which folder, as whom, with which environment and limits.
 *
 * @throws OpsError E_SERVICE_UNSEEN, E_APP_UNKNOWN, E_NO_COMMAND, E_NO_USER (exit 5)
 */
export async function unitCommand(
  unit: string,
  signal: AbortSignal,
): Promise<ServiceCommand & { limits: string[] }> {
  const asked = await showUnits([unit], signal, details);
  if ('why' in asked)
    throw new OpsError('E_SERVICE_UNSEEN', asked.why, {
      exit: 'requirement',
      suggestions: ['Check what is missing: om-ops doctor'],
    });
  const of = asked.units.get(unit) ?? new Map<string, string>();
  if (of.get('LoadState') !== 'loaded')
    throw new OpsError('E_APP_UNKNOWN', `systemd has no unit ${unit} that could be started.`, {
      exit: 'requirement',
      suggestions: [`See it: systemctl status ${unit}`],
    });
  if (of.get('RootDirectory'))
    throw new OpsError('E_NO_COMMAND', `${unit} runs below another root folder.`, {
      exit: 'requirement',
      suggestions: [`Start it: systemctl start ${unit}`],
    });
  const user = of.get('User') || null;
  const account = await accountOf(user ?? 'root');
  if (account === undefined)
    throw new OpsError('E_NO_USER', `There is no user ${user} on this machine.`, {
      exit: 'requirement',
      suggestions: [`Correct User= of ${unit}: systemctl edit --full ${unit}`],
    });
  const env = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: process.env.LANG ?? 'C.UTF-8',
    ...(user === null
      ? {}
      : { HOME: account.home, USER: account.name, LOGNAME: account.name, SHELL: '/bin/sh' }),
    ...environmentOf(of.get('Environment') ?? ''),
    ...filesOf(of.get('EnvironmentFiles') ?? ''),
  };
  const cwd = (of.get('WorkingDirectory') ?? '').replace(/^!/, '');
  return {
    argv: expanded(await argvOf(unit, of, signal), env),
    cwd: cwd === '~' ? account.home : cwd === '' ? '/' : cwd,
    user,
    env,
    limits: limitsOf(of),
  };
}

/** Word by word from the bus; `systemctl show` joins them with spaces. */
async function argvOf(unit: string, of: UnitProperties, signal: AbortSignal): Promise<string[]> {
  const path = `/org/freedesktop/systemd1/unit/${unit.replace(/[^a-zA-Z0-9]/g, (one) => `_${one.charCodeAt(0).toString(16).padStart(2, '0')}`)}`;
  const { exitCode, stdout } = await execLook(
    'busctl',
    [
      ...['--json=short', 'get-property', 'org.freedesktop.systemd1', path],
      ...['org.freedesktop.systemd1.Service', 'ExecStart'],
    ],
    { accept: 'any', signal, timeoutMs: 5000 },
  ).catch((error: unknown) => {
    signal.throwIfAborted();
    if (!isOpsError(error)) throw error;
    return { exitCode: -1, stdout: '' };
  });
  if (exitCode === 0) {
    const { data } = JSON.parse(stdout) as { data: [string, string[]][] };
    const [[program, argv] = ['', []]] = data;
    if (program !== '') return [program, ...argv.slice(1)];
  }
  const [line] = execLines(of.get('ExecStart') ?? '');
  if (line === undefined)
    throw new OpsError('E_NO_COMMAND', `${unit} starts nothing: it has no ExecStart.`, {
      exit: 'requirement',
      suggestions: [`See it: systemctl cat ${unit}`],
    });
  if (exitCode !== 0 && line.argv.length > 2)
    throw new OpsError(
      'E_NO_COMMAND',
      'The words of its command line cannot be told apart without the message bus.',
      { exit: 'requirement', suggestions: ['Start the bus: systemctl start dbus'] },
    );
  return [line.path, ...line.argv.slice(1)];
}

/** As systemd does it: `$WORDS` alone becomes several, `${ONE}` stays one, `$$` is a dollar. */
export function expanded(argv: readonly string[], env: Readonly<Record<string, string>>): string[] {
  return argv.flatMap((word) => {
    const alone = /^\$([A-Za-z_]\w*)$/.exec(word)?.[1];
    if (alone !== undefined) return (env[alone] ?? '').split(/\s+/).filter((one) => one !== '');
    return [
      word.replace(/\$\$|\$\{([A-Za-z_]\w*)\}/g, (whole, name?: string) =>
        name === undefined ? (whole === '$$' ? '$' : whole) : (env[name] ?? ''),
      ),
    ];
  });
}

/** `A=b "C=d e"`, as `systemctl show` prints it. */
export function environmentOf(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [word] of text.matchAll(/(?:\$?'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\\.|[^\s"'])+/g)) {
    const plain = word.replace(/^\$?(['"])(.*)\1$/s, '$2').replace(/\\(.)/g, '$1');
    const at = plain.indexOf('=');
    if (at > 0) found[plain.slice(0, at)] = plain.slice(at + 1).replace(/^(['"])(.*)\1$/s, '$2');
  }
  return found;
}

function filesOf(text: string): Record<string, string> {
  const paths = [...text.matchAll(/(\/.*?) \(ignore_errors=(yes|no)\)/g)];
  const values: Record<string, string> = {};
  for (const [, path = '', mayBeMissing] of paths) {
    const found = readEnvFiles({ envFiles: [path], below: (one) => one });
    if (found.read.length === 0 && mayBeMissing === 'no')
      throw new OpsError('E_NOT_FOUND', `Its env file ${path} is not there, or cannot be read.`, {
        exit: 'requirement',
        suggestions: [`See it: ls -l ${path}`],
      });
    Object.assign(values, Object.fromEntries(found.values));
  }
  return values;
}

const limits = { LimitNOFILE: 'nofile', LimitNPROC: 'nproc', LimitAS: 'as', LimitCORE: 'core' };

function limitsOf(of: UnitProperties): string[] {
  return Object.entries(limits).flatMap(([property, name]) => {
    const hard = of.get(property);
    const soft = of.get(`${property}Soft`);
    return hard && soft ? [`--${name}=${limit(soft)}:${limit(hard)}`] : [];
  });
}

function limit(text: string): string {
  return /^\d+$/.test(text) ? text : 'unlimited';
}
