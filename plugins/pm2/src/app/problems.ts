import type { State } from '@om-ops/kit';
import { formatDuration, plural } from '@om-ops/kit/text';
import type { DaemonLook } from '../daemon/look.ts';
import type { Pm2Place } from '../daemon/place.ts';
import type { Boot } from './boot.ts';
import type { Dump } from './dump.ts';
import type { AppProcess } from './process.ts';
import { type AppStatus, isOlder } from './status.ts';

/** Something that is not well. */
export interface Problem {
  code: `E_${string}`;
  state: Extract<State, 'warning' | 'critical' | 'unknown'>;
  /** A whole sentence. */
  message: string;
  /** What to do. */
  fix: string;
}

/** A daemon of another user or home. */
export interface Elsewhere {
  pid: number;
  home: string;
  user: string;
  /** Null: it could not be asked. */
  hasApp: boolean | null;
}

export interface Evidence {
  daemon: DaemonLook;
  processes: readonly AppProcess[];
  status: AppStatus;
  place: Pm2Place;
  elsewhere: readonly Elsewhere[];
  dump: Dump;
  boot: Boot;
  programVersion: string | null;
  now: number;
}

/** What runs for less than this has not proved yet that it stays. */
const youngMs = 60_000;

/** What is not well with an app and its PM2; the worst first. */
export function problemsOf(evidence: Evidence): Problem[] {
  const found = [
    ...daemonProblems(evidence),
    ...elsewhereProblems(evidence),
    ...instanceProblems(evidence),
    ...bootProblems(evidence),
  ];
  const rank = { critical: 0, unknown: 1, warning: 2 } as const;
  return found.sort((a, b) => rank[a.state] - rank[b.state]);
}

function daemonProblems({
  daemon: { answer, here },
  status,
  place,
  programVersion,
  elsewhere,
}: Evidence): Problem[] {
  const { home, owner } = place;
  const pids = here.map(({ pid }) => pid).join(', ');
  const found: Problem[] = [];
  if ('why' in answer) {
    if (answer.why === 'silent') {
      const isStopped = here.some((one) => one.isStopped);
      found.push({
        code: 'E_PM2_WEDGED',
        state: 'critical',
        message: `The PM2 daemon of ${owner.name}${pids === '' ? '' : ` (pid ${pids})`} does not answer: ${answer.message}. What it runs cannot be told, and every pm2 command hangs.`,
        fix: isStopped
          ? `Let it go on: kill -CONT ${pids}`
          : 'Let its apps live and replace it: kill it by its pid, end what it has left behind, then om-ops pm2 setup',
      });
    } else if (answer.why === 'denied') {
      found.push({
        code: 'E_PM2_DENIED',
        state: 'unknown',
        message: `The PM2 in ${home} is another user's, and does not let this one look.`,
        fix: 'Run the command with sudo, or as that user.',
      });
    } else if (answer.why === 'broken') {
      found.push({
        code: 'E_PM2_BROKEN',
        state: 'unknown',
        message: `What listens on ${place.socket} could not be asked: ${answer.message}.`,
        fix: 'Look at what it is, and correct pm2.home in the site profile.',
      });
    } else if (!elsewhere.some(({ hasApp }) => hasApp === true)) {
      found.push({
        code: 'E_PM2_DOWN',
        state: 'critical',
        message: `${owner.name} has no PM2 running in ${home}, so it runs no ${status.app}.`,
        fix: 'Set it up: om-ops pm2 setup',
      });
    }
  } else if (programVersion !== null && isOlder(answer.version, programVersion)) {
    found.push({
      code: 'E_PM2_OUTDATED',
      state: 'warning',
      message: `The PM2 daemon is ${answer.version}, and the program ${programVersion}: it was not replaced when PM2 was updated.`,
      fix: 'Replace it, which restarts all of its apps: pm2 update',
    });
  }
  if (here.length > 1) {
    found.push({
      code: 'E_PM2_TWICE',
      state: 'critical',
      message: `${here.length} PM2 daemons say that ${home} is theirs (pids ${pids}): the older one and its apps were left behind.`,
      fix: 'End the one that does not hold the socket, and what it has started.',
    });
  }
  return found;
}

function elsewhereProblems({ status, place, elsewhere, daemon }: Evidence): Problem[] {
  const { app } = status;
  const others = elsewhere.filter(({ hasApp }) => hasApp === true);
  const [other] = others;
  if (other !== undefined) {
    const where = others.map(({ user, home }) => `the PM2 of ${user} in ${home}`).join(' and ');
    return [
      status.exists
        ? {
            code: 'E_APP_TWICE',
            state: 'critical',
            message: `${app} is in ${where} as well: two of them want the same port.`,
            fix: `Remove one of them: pm2 delete ${app}, as ${other.user}`,
          }
        : {
            code: 'E_APP_ELSEWHERE',
            state: 'critical',
            message: `${app} is in ${where}, and not in that of ${place.owner.name} in ${place.home}.`,
            fix: `Say so in the site profile: pm2: {user: ${other.user}, home: ${other.home}}`,
          },
    ];
  }
  if (status.exists || ('why' in daemon.answer && daemon.answer.why !== 'absent')) return [];
  const unasked = elsewhere.filter(({ hasApp }) => hasApp === null);
  const [one] = unasked;
  const found: Problem[] = [];
  if ('list' in daemon.answer)
    found.push({
      code: 'E_APP_UNKNOWN',
      state: 'critical',
      message: `The PM2 of ${place.owner.name} in ${place.home} has no app ${app}.`,
      fix: 'Set it up: om-ops pm2 setup',
    });
  if (one !== undefined)
    found.push({
      code: 'E_APP_ELSEWHERE',
      state: 'unknown',
      message: `There is ${unasked.map(({ user, home }) => `a PM2 of ${user} in ${home}`).join(' and ')}, which could not be asked: ${app} may be there.`,
      fix: 'Run the command with sudo, or as that user.',
    });
  return found;
}

function instanceProblems({ status: { app }, processes, now }: Evidence): Problem[] {
  const many = processes.length > 1;
  const found = processes.flatMap((one): Problem[] => {
    const name = many ? `${app} (id ${one.id})` : app;
    const problem = instanceProblem(name, one, now);
    return problem === undefined ? [] : [problem];
  });
  // The same of each of many instances is said once.
  return found.filter(
    ({ code }, at) => !many || found.findIndex((one) => one.code === code) === at,
  );
}

function instanceProblem(name: string, one: AppProcess, now: number): Problem | undefined {
  const logs = 'See why: om-ops pm2 logs --err --lines 50';
  const code = one.exitCode === null ? '' : `; it ended with ${one.exitCode} last`;
  const times = plural(one.restarts, 'restart');
  switch (one.status) {
    case 'online': {
      const seconds = loopsSince(one, now);
      if (seconds === undefined) return undefined;
      return {
        code: 'E_APP_CRASHING',
        state: 'critical',
        message: `${name} says online, and PM2 had to start it again ${formatDuration(seconds)} ago (${times}${code}): it does not stay up.`,
        fix: logs,
      };
    }
    case 'errored':
      return {
        code: 'E_APP_ERRORED',
        state: 'critical',
        message: `PM2 has given up on ${name} after ${times}${code}.`,
        fix: logs,
      };
    case 'waiting restart':
      return {
        code: 'E_APP_CRASHING',
        state: 'critical',
        message: `${name} has ended, and PM2 waits before it starts it again (${times}${code}).`,
        fix: logs,
      };
    case 'launching':
      return {
        code: 'E_APP_STARTING',
        state: 'warning',
        message: `${name} is being started, and has not said yet that it is ready.`,
        fix: 'Look again in a moment: om-ops pm2 status',
      };
    case 'stopped':
    case 'stopping':
      return {
        code: 'E_APP_STOPPED',
        state: 'critical',
        message: `${name} is ${one.status}.`,
        fix: 'Start it: om-ops pm2 start',
      };
    default:
      return {
        code: 'E_APP_STATE',
        state: 'unknown',
        message: `PM2 says of ${name}: ${one.status}.`,
        fix: logs,
      };
  }
}

/** For how long it has been up again, in ms, if it ended by itself lately; undefined when it did not. */
function loopsSince(one: AppProcess, now: number): number | undefined {
  const { startedAt, orderedAt, killTimeoutMs } = one;
  if (startedAt === null || one.restarts === 0) return undefined;
  const up = now - startedAt;
  if (up >= youngMs) return undefined;
  // An order stops the old process first, which may take as long as it is given, and counts as one unstable
  // restart when that was young.
  const isByItself = orderedAt !== null && startedAt - orderedAt > killTimeoutMs + 2000;
  return one.unstableRestarts > 1 || isByItself ? Math.max(0, up) : undefined;
}

function bootProblems({ status, place, dump, boot, processes }: Evidence): Problem[] {
  const { app } = status;
  if (!status.exists) return [];
  const found: Problem[] = [];
  const save = 'Save it: om-ops pm2 setup';
  if ('problem' in dump) {
    found.push({
      code: 'E_APP_NOT_SAVED',
      state: dump.isDenied ? 'unknown' : 'warning',
      message: `Whether ${app} comes back at the next boot cannot be told: ${dump.problem}.`,
      fix: dump.isDenied ? 'Run the command with sudo, or as that user.' : save,
    });
  } else {
    const entries = dump.entries.filter(({ name }) => name === app);
    const [one] = processes;
    const differs = entries.find(
      ({ script, cwd, mode }) =>
        one !== undefined && (script !== one.script || cwd !== one.cwd || mode !== one.mode),
    );
    const message =
      entries.length === 0
        ? `${app} is not in ${place.home}/dump.pm2: it is gone after the next boot.`
        : entries.every(({ status: saved }) => saved === 'stopped') && status.status !== 'stopped'
          ? `${app} was saved while it was stopped: it is not started at the next boot.`
          : differs !== undefined
            ? `What was saved of ${app} is not what runs: the next boot starts ${differs.script} in ${differs.cwd}.`
            : entries.length !== processes.length
              ? `${plural(entries.length, 'instance')} of ${app} ${entries.length === 1 ? 'was' : 'were'} saved, and ${processes.length} run${processes.length === 1 ? 's' : ''}: the next boot starts ${entries.length}.`
              : undefined;
    if (message !== undefined)
      found.push({ code: 'E_APP_NOT_SAVED', state: 'warning', message, fix: save });
  }
  if (boot === null || !boot.isEnabled) {
    const { owner } = place;
    found.push({
      code: 'E_NO_BOOT_UNIT',
      state: 'warning',
      message:
        boot === null
          ? `Nothing starts the PM2 of ${owner.name} when the machine boots.`
          : `${boot.by} would start PM2 at boot, and is not enabled.`,
      fix:
        boot === null
          ? `Let pm2 make a unit: sudo env PATH=$PATH PM2_HOME=${place.home} pm2 startup systemd -u ${owner.name} --hp ${owner.home}; if something else starts it: pm2: {boot: elsewhere}`
          : `Enable it: sudo systemctl enable ${boot.by.split('/').at(-1)}`,
    });
  }
  return found;
}
