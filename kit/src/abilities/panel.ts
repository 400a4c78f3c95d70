import { messageOf } from '../errors.ts';
import type { Site } from '../site/site.ts';

export type MetricUnit = 'bytes' | 'bytes/s' | 'count' | 'count/s' | 'percent' | 'ms' | 'days';

/** A number with a name that stays the same for ever: history and sparklines are made of it. */
export interface Metric {
  /** Unique within the plugin: `memory`. In history it is `pm2.memory`. */
  key: string;
  label: string;
  value: number | null;
  unit: MetricUnit;
  /** Which way is welcome. Default: neither. */
  welcome?: 'up' | 'down';
  /** From where on it is worth a warning, or critical. */
  limit?: { warning?: number; critical?: number; when: 'above' | 'below' };
}

export type PanelState = 'ok' | 'warning' | 'critical' | 'unknown' | 'off';

/** What a plugin says of its part of the site. */
export interface Panel {
  title: string;
  state: PanelState;
  metrics: readonly Metric[];
  /** What is no number. */
  facts: readonly { label: string; value: string }[];
  /** Sentences: what is wrong and what to do. */
  notes: readonly string[];
  /** Its page, below STATE: `backup/report.html`. */
  page?: string;
}

export interface PanelContext {
  site: Site;
  /** Aborted at Ctrl-C and when the time is up. */
  signal: AbortSignal;
  now: Date;
}

export type PanelReader = (context: PanelContext) => Promise<Panel>;

export interface ReadPanel extends Panel {
  topic: string;
  ms: number;
  /** Why there is no answer; `state` is `unknown` then. */
  failure?: string;
}

/** Asks all at once. One that fails or takes too long is `unknown` and holds up no other. */
export function readPanels(
  readers: readonly { topic: string; read: PanelReader }[],
  { site, signal, now, timeoutMs }: PanelContext & { timeoutMs: number },
): Promise<ReadPanel[]> {
  return Promise.all(
    readers.map(async ({ topic, read }): Promise<ReadPanel> => {
      const started = performance.now();
      const ms = () => Math.round(performance.now() - started);
      const late = new AbortController();
      const { promise: lateness, reject } = Promise.withResolvers<never>();
      // Not AbortSignal.timeout, which lets the process end while a panel hangs.
      const timer = setTimeout(() => {
        late.abort();
        reject(new Error(`no answer within ${timeoutMs / 1000} s`));
      }, timeoutMs);
      try {
        const both = AbortSignal.any([signal, late.signal]);
        const panel = await Promise.race([read({ site, signal: both, now }), lateness]);
        return { topic, ...panel, ms: ms() };
      } catch (error) {
        signal.throwIfAborted();
        const failure = messageOf(error);
        const lost = { topic, title: topic, state: 'unknown', metrics: [], facts: [] } as const;
        return { ...lost, notes: [`${topic} could not be asked: ${failure}.`], failure, ms: ms() };
      } finally {
        clearTimeout(timer);
      }
    }),
  );
}
