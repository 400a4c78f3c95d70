import type { OpenAlert } from '@om-ops/kit';
import type { WatchState } from '../rules/alert.ts';
import { type JudgedCheck, type Level, rankOf } from '../rules/pass.ts';
import { openAlerts } from './change.ts';

export interface ListedAlert extends OpenAlert {
  level: Level;
  value: JudgedCheck['value'];
  unit: JudgedCheck['unit'];
  /** Nobody has seen it lately: it may be over, and is not taken to be. */
  stale: boolean;
  flapping: boolean;
}

/** The open alerts, the worst first, then the newest. */
export function listedAlerts(watched: WatchState): ListedAlert[] {
  return openAlerts(watched)
    .map(({ state, alert }) => {
      const { key, title, text, value, unit, runbook, command, flapping } = state;
      const { id, level, since, acknowledged, silencedUntil, heldBy, stale } = alert;
      const taken =
        acknowledged === null
          ? null
          : { by: acknowledged.by, until: acknowledged.until, note: acknowledged.note };
      return {
        ...{ id, key, title, level, text, since, acknowledged: taken, silencedUntil, heldBy },
        ...{ runbook, command, value, unit, stale, flapping: flapping !== null },
      };
    })
    .sort(
      (one, other) =>
        rankOf(other.level) - rankOf(one.level) || Date.parse(other.since) - Date.parse(one.since),
    );
}
