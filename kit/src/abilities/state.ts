/** How something is. `unknown` is never shown as healthy; `off` is what the site does not use. */
export const states = ['healthy', 'warning', 'critical', 'unknown', 'off'] as const;

export type State = (typeof states)[number];

/** Whether a plugin gave one of {@link states}: it may be built for another kit. */
export function isState(value: unknown): value is State {
  return (states as readonly unknown[]).includes(value);
}

export type MetricUnit = 'bytes' | 'bytes/s' | 'count' | 'count/s' | 'percent' | 'ms' | 'days';

/** A number with a name that stays the same for ever: history and sparklines are made of it. */
export interface Metric {
  /** Unique within the plugin: `memory`. In history it is `pm2.memory`. */
  key: string;
  label: string;
  /** Null: not known now. */
  value: number | null;
  unit: MetricUnit;
  /** Which way is welcome. Default: neither. */
  welcome?: 'up' | 'down';
  /** From where on it is worth a warning, or critical. */
  limit?: { warning?: number; critical?: number; when: 'above' | 'below' };
}
