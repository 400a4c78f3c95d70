import { withDeadline } from '../deadline.ts';
import { clauseOf, messageOf } from '../errors.ts';
import type { Site } from '../site/site.ts';
import { isState, type Metric, type State } from './state.ts';

/** What a plugin says of its part of the site. */
export interface Panel {
  title: string;
  state: State;
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
