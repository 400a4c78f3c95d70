import { readHeartbeat, type Site, type WatchRecord } from '@om-ops/kit';
import { keptAlerts } from './alerts/kept-alerts.ts';
import { listedAlerts } from './alerts/open-alerts.ts';
import { assertOwnAlerts } from './alerts/own-site.ts';
import { History } from './store/history.ts';

/** What was seen of a site, for those that show it; null when nobody has looked yet. */
export function watchRecord(site: Pick<Site, 'state' | 'site'>): WatchRecord | null {
  assertOwnAlerts(site);
  const { state } = site;
  if (readHeartbeat(state, new Date()) === null) return null;
  const history = new History(state);
  return {
    async alerts() {
      const { snapshot } = await keptAlerts(state, () => undefined);
      return listedAlerts(snapshot.state).map(
        ({ value: _value, unit: _unit, stale: _stale, flapping: _flapping, ...alert }) => alert,
      );
    },
    async lanes(range) {
      return history.lanes(range);
    },
    async series(name, range) {
      return history.series(name, range) ?? [];
    },
  };
}
