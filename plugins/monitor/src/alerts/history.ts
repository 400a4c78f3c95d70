import type { Level } from '../rules/pass.ts';
import { rankOf } from '../rules/pass.ts';
import { alertFiles } from './files.ts';
import { type Entry, isTransition, readEntries } from './journal.ts';

/** The life of one alert, from the journal. */
export interface AlertLife {
  id: string;
  key: string;
  title: string;
  /** The worst it has been. */
  level: Level;
  since: string;
  /** When it was over; null: it is not. */
  resolvedAt: string | null;
  /** The last sentence of it. */
  text: string;
  value: number | null;
  transitions: readonly Entry[];
}

/** All alerts of the journal, the newest first. @throws OpsError E_PERMISSION, E_IO */
export async function alertLives(
  state: string,
  onBroken: (message: string) => void,
): Promise<AlertLife[]> {
  const lives = new Map<string, AlertLife & { transitions: Entry[] }>();
  for await (const entry of readEntries(alertFiles(state).journal, onBroken)) {
    if (!isTransition(entry)) continue;
    const { alert: id, key, level, at, text, value, type } = entry;
    const begun = lives.get(id);
    const life = begun ?? {
      ...{ id, key, title: entry.state?.title ?? key, level, since: at },
      ...{ resolvedAt: null, text, value, transitions: [] },
    };
    lives.set(id, life);
    life.transitions.push(entry);
    if (rankOf(level) > rankOf(life.level)) life.level = level;
    if (type === 'resolved') life.resolvedAt = at;
    else if (type === 'reopened') life.resolvedAt = null;
    else {
      life.text = text;
      life.value = value;
    }
  }
  return [...lives.values()].reverse();
}

/** Whether it was open at some time after `since`. */
export function wasOpenSince({ resolvedAt }: Pick<AlertLife, 'resolvedAt'>, since: Date): boolean {
  return resolvedAt === null || Date.parse(resolvedAt) >= since.getTime();
}
