import { matchingOne } from '../matching-one.ts';
import type {
  Alert,
  KeyState,
  Line,
  Transition,
  TransitionType,
  WatchState,
} from '../rules/alert.ts';
import { noRows } from '../rules/samples.ts';
import type { Change } from './store.ts';

export interface Actor {
  by: string;
  note: string | null;
  at: string;
  tick: number;
}

export interface FiringKey {
  state: KeyState;
  alert: Alert;
}

/** The alerts that are open now. */
export function openAlerts({ keys }: WatchState): FiringKey[] {
  return Object.values(keys).flatMap((state) =>
    state.alert?.phase === 'firing' ? [{ state, alert: state.alert }] : [],
  );
}

/**
 * The open alerts that are meant: by ID, by the beginning of an ID that no other shares, or by key.
 *
 * @throws OpsError E_NO_ALERT, E_AMBIGUOUS (exit 2)
 */
export function wantedAlerts(watched: WatchState, given: readonly string[]): FiringKey[] {
  const open = openAlerts(watched);
  const found = given.map((one) =>
    matchingOne(open, one, {
      idOf: ({ alert }) => alert.id,
      nameOf: ({ state }) => state.key,
      code: 'E_NO_ALERT',
      none: ['No alert', 'is open.'],
      many: 'open alerts',
      see: 'om-ops alert list',
    }),
  );
  return [...new Map(found.map((one) => [one.state.key, one])).values()];
}

/** Somebody has taken them; `until` null: until they are resolved. */
export function acknowledged(
  alerts: readonly FiringKey[],
  until: { at: string; tick: number } | null,
  actor: Actor,
): Change {
  const { by, at, note } = actor;
  return changed(alerts, 'acknowledged', actor, ({ state, alert }) => ({
    state: {
      ...state,
      alert: {
        ...alert,
        acknowledged: { by, at, note, until: until?.at ?? null, untilTick: until?.tick ?? null },
      },
    },
    line: null,
  }));
}

/** Somebody says that they are over. What is still bad is opened again under the same ID, after as many samples as ever. */
export function resolvedByHand(alerts: readonly FiringKey[], actor: Actor): Change {
  return changed(alerts, 'resolved', actor, ({ state, alert }) => {
    const { id, since, level, told } = alert;
    const { key, title, value, runbook, command } = state;
    const note = actor.note === null ? '' : `: ${actor.note}`;
    const text = `Resolved by hand by ${actor.by}${note}`;
    const line: Line = {
      ...{ kind: 'resolved', alert: id, key, title, level, text, value, since, at: actor.at },
      ...{ runbook, command, holds: 0 },
    };
    return {
      state: { ...state, ...noRows, alert: null, flapping: null, reopens: { id, since } },
      line: told === null ? null : line,
    };
  });
}

function changed(
  alerts: readonly FiringKey[],
  type: TransitionType,
  { by, note, at }: Actor,
  edit: (one: FiringKey) => { state: KeyState; line: Line | null },
): Change {
  const keys = new Map<string, KeyState>();
  const transitions: Transition[] = [];
  for (const one of alerts) {
    const { state, line } = edit(one);
    const { key, text, value } = one.state;
    const { id, level } = one.alert;
    keys.set(key, state);
    transitions.push({ type, key, alert: id, level, at, text, value, by, note, line });
  }
  return { keys, transitions };
}
