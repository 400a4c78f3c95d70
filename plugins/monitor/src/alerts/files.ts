import { join } from 'node:path';

/** What is kept of alerts below STATE. */
export function alertFiles(state: string) {
  const folder = join(state, 'monitor');
  return {
    folder,
    journal: join(folder, 'alerts.jsonl'),
    snapshot: join(folder, 'alerts.json'),
    silences: join(folder, 'silences.json'),
    ballast: join(folder, 'ballast'),
  };
}

/** Held while alerts are judged or changed. */
export const alertsLock = 'monitor-alerts';
