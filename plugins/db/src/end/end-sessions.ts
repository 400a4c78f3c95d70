import type { Change, Guarded, Progress } from '@om-ops/kit';
import { type Server, ServerError } from '../server/server.ts';
import type { Session } from '../topics/sessions.ts';

/** One session, and what became of it. */
export interface EndedSession
  extends Pick<
    Session,
    'id' | 'startedAt' | 'user' | 'application' | 'client' | 'state' | 'ms' | 'statement'
  > {
  /**
   * `ended`: its statement, or itself, is no more. `gone`: it was no more before. `still-there`: it was told, and goes
   * on. `refused`: the server does not let this user. `left`: it is protected, or cannot be cancelled.
   */
  outcome: 'planned' | 'ended' | 'gone' | 'still-there' | 'refused' | 'left';
  why: string | null;
}

export interface EndPlan {
  how: 'cancel' | 'terminate';
  sessions: EndedSession[];
  /** How long the end of one is waited for. */
  waitMs: number;
}

export interface Chosen {
  ids: readonly number[];
  longerThanMs: number | undefined;
  rootBlockers: boolean;
  idleMs: number | undefined;
}

/** Which of the sessions are meant, and which of them are left alone, and why. */
export function planEnd(
  all: readonly Session[],
  how: EndPlan['how'],
  chosen: Chosen,
  waitMs: number,
): EndPlan {
  const held = new Set(all.flatMap(({ blockedBy }) => blockedBy));
  const picked = all.filter(
    (one) =>
      chosen.ids.includes(one.id) ||
      (chosen.longerThanMs !== undefined &&
        one.state === 'active' &&
        (one.ms ?? 0) >= chosen.longerThanMs) ||
      (chosen.rootBlockers && held.has(one.id) && one.blockedBy.length === 0) ||
      (chosen.idleMs !== undefined &&
        one.state.startsWith('idle in transaction') &&
        (one.ms ?? 0) >= chosen.idleMs),
  );
  const sessions = picked.map((one): EndedSession => {
    const { id, startedAt, user, application, client, state, ms, statement } = one;
    const isNamed = chosen.ids.includes(id);
    if (state === 'not known')
      return {
        ...{ id, startedAt, user, application, client, state, ms, statement },
        outcome: 'refused',
        why: 'this user may not see what it does, nor since when it is there',
      };
    const mayBeNamed = one.protected?.startsWith('it makes an index') === true;
    const why =
      one.protected !== null && !(isNamed && mayBeNamed)
        ? one.protected
        : how === 'cancel' && state !== 'active'
          ? `it is ${state}: there is no statement to cancel, only the connection can be ended (om-ops db terminate ${id})`
          : null;
    return {
      id,
      startedAt,
      user,
      application,
      client,
      state,
      ms,
      statement,
      outcome: why === null ? 'planned' : 'left',
      why,
    };
  });
  const missing = chosen.ids.filter((id) => !all.some((one) => one.id === id));
  return {
    how,
    waitMs,
    sessions: [
      ...sessions,
      ...missing.map(
        (id): EndedSession => ({
          id,
          startedAt: null,
          user: '',
          application: '',
          client: '',
          state: '',
          ms: null,
          statement: '',
          outcome: 'gone',
          why: 'no client of this database has this number',
        }),
      ),
    ],
  };
}

export function endChanges({ how, sessions }: EndPlan): Change[] {
  return sessions
    .filter(({ outcome }) => outcome === 'planned')
    .map(({ id, user, application, client, state, statement }) => ({
      kind: 'run',
      what: `${how} session ${id}`,
      detail: `${user} (${application || client}), ${state}: ${statement.slice(0, 100)}`,
    }));
}

export function endGuard(server: Server, plan: () => Promise<EndPlan>): Guarded<EndPlan> {
  return {
    plan,
    changes: endChanges,
    question: ({ how, sessions }) => {
      const count = sessions.filter(({ outcome }) => outcome === 'planned').length;
      const what = how === 'cancel' ? 'statement' : 'session';
      return `${count === 1 ? `One ${what}` : `${count} ${what}s`} will be ended.`;
    },
    apply: async (plan, progress) => {
      for (const session of plan.sessions) {
        if (session.outcome !== 'planned') continue;
        progress.signal.throwIfAborted();
        progress.report({ detail: `session ${session.id}` });
        await endOne(server, plan, session, progress);
      }
    },
    touched: ({ how, sessions }) =>
      sessions.filter(({ outcome }) => outcome === 'ended').map(({ id }) => `${how} session ${id}`),
  };
}

async function endOne(
  server: Server,
  { how, waitMs }: EndPlan,
  session: EndedSession,
  progress: Progress,
): Promise<void> {
  try {
    // It is asked for again each time: a number may be somebody else's by now.
    if (!(await isSame(server, session))) {
      session.outcome = 'gone';
      session.why = 'it ended by itself meanwhile';
      return;
    }
    if (session.state === 'active') {
      await tell(server, session, 'cancel');
      if (
        await waited(
          server,
          session,
          how === 'cancel' ? waitMs : Math.min(waitMs, 2000),
          how === 'cancel',
          progress,
        )
      ) {
        if (how === 'cancel' || !(await isSame(server, session))) {
          session.outcome = 'ended';
          return;
        }
      }
    }
    if (how === 'terminate' && (await isSame(server, session))) {
      await tell(server, session, 'terminate');
      session.outcome = (await waited(server, session, waitMs, false, progress))
        ? 'ended'
        : 'still-there';
    } else session.outcome = how === 'terminate' ? 'ended' : 'still-there';
    if (session.outcome === 'still-there')
      session.why = `it goes on after ${Math.round(waitMs / 1000)} s`;
  } catch (error) {
    if (!(error instanceof ServerError) || error.stage === 'connect') throw error;
    session.outcome = 'refused';
    session.why = error.message;
  }
}

async function isSame(
  server: Server,
  { id, startedAt, user, client }: EndedSession,
): Promise<boolean> {
  const rows =
    server.version.flavour === 'postgres'
      ? await server.rows(
          "SELECT 1 AS is FROM pg_stat_activity WHERE pid = $1 AND backend_start::text = $2 AND backend_type = 'client backend'",
          [id, startedAt],
        )
      : await server.rows(
          'SELECT 1 AS `is` FROM information_schema.PROCESSLIST WHERE ID = ? AND USER = ? AND HOST = ?',
          [id, user, client],
        );
  return rows.length > 0;
}

/** PostgreSQL looks for the session anew in the same statement, by number and start. */
async function tell(
  server: Server,
  { id, startedAt }: EndedSession,
  how: 'cancel' | 'terminate',
): Promise<void> {
  if (server.version.flavour === 'postgres') {
    await server.rows(
      `SELECT pg_${how}_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start::text = $2 AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
      [id, startedAt],
    );
    return;
  }
  await server.rows(`KILL ${how === 'cancel' ? 'QUERY' : 'CONNECTION'} ${Math.trunc(id)}`);
}

/** Whether it has ended its statement, or is no more, within this time. */
async function waited(
  server: Server,
  session: EndedSession,
  waitMs: number,
  statement: boolean,
  { signal }: Progress,
): Promise<boolean> {
  const until = performance.now() + waitMs;
  for (;;) {
    if (!(await isSame(server, session))) return true;
    if (statement && !(await isActive(server, session.id))) return true;
    if (performance.now() >= until) return false;
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function isActive(server: Server, id: number): Promise<boolean> {
  const rows =
    server.version.flavour === 'postgres'
      ? await server.rows(
          "SELECT 1 AS is FROM pg_stat_activity WHERE pid = $1 AND state = 'active'",
          [id],
        )
      : await server.rows(
          "SELECT 1 AS `is` FROM information_schema.PROCESSLIST WHERE ID = ? AND COMMAND <> 'Sleep'",
          [id],
        );
  return rows.length > 0;
}
