import { withDeadline } from '../deadline.ts';
import { clauseOf, messageOf } from '../errors.ts';
import type { Site } from '../site/site.ts';
import { isState, type Metric, type MetricUnit, type State } from './state.ts';

/** What is no number. */
export interface Fact {
  label: string;
  value: string;
  /** Where this alone is worse, or better, than the whole. */
  state?: State;
}

/** The past of one figure, for a small chart. */
export interface PanelHistory {
  /** What it is: `p95 of 24 h`. */
  label: string;
  unit: MetricUnit;
  /** Oldest first; `at` in milliseconds since 1970, `value` null where nothing was measured. */
  points: readonly { at: number; value: number | null }[];
}

/** What a plugin says of its part of the site. */
export interface Panel {
  title: string;
  state: State;
  metrics: readonly Metric[];
  facts: readonly Fact[];
  /** Sentences: what is wrong and what to do. */
  notes: readonly string[];
  /** Its page, below STATE: `backup/report.html`. */
  page?: string;
  /** A page below STATE with a part of it that tells more of this: `roadmap/report.html#overdue=1`. */
  href?: string;
  /** Without it, the values of its first metric in the runs of the summary are drawn. */
  history?: PanelHistory;
  /** Drawn across `history`, in its unit. */
  threshold?: { value: number; label: string };
  /** Since when it is in this state, ISO 8601. */
  since?: string;
  /** The command that mends it, or tells more: `om-ops backup run images`. */
  command?: string;
  /** The runbook to follow: `disk-filling`. */
  runbook?: string;
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
  /** Why there is no answer, without a full stop; `state` is `unknown` then. */
  failure?: string;
}

/**
 * Asks all at once. One that fails, takes longer than `timeoutMs` or gives no state is `unknown`,
 * says why, and holds up no other.
 *
 * @throws the signal's reason
 */
export function readPanels(
  readers: readonly { topic: string; read: PanelReader }[],
  { site, signal, now, timeoutMs }: PanelContext & { timeoutMs: number },
): Promise<ReadPanel[]> {
  return Promise.all(
    readers.map(async ({ topic, read }): Promise<ReadPanel> => {
      const started = performance.now();
      const ms = () => Math.round(performance.now() - started);
      try {
        const panel = await withDeadline(timeoutMs, signal, (both) =>
          read({ site, signal: both, now }),
        );
        if (!isState(panel?.state)) throw new Error('it gave no state that om-ops knows');
        const { title = topic, metrics = [], facts = [], notes = [] } = panel;
        return { topic, ...panel, title, metrics, facts, notes, ms: ms() };
      } catch (error) {
        signal.throwIfAborted();
        const failure = clauseOf(messageOf(error));
        const lost = { topic, title: topic, state: 'unknown', metrics: [], facts: [] } as const;
        return { ...lost, notes: [`${topic} could not be asked: ${failure}.`], failure, ms: ms() };
      }
    }),
  );
}
