import { useEffect, useRef, useState } from 'preact/hooks';
import type { HistoryAnswer, WindowName } from '../types.ts';
import type { Feed, FeedState } from './feed.ts';

export function useFeed(feed: Feed): FeedState {
  const [state, setState] = useState(feed.state);
  useEffect(() => {
    setState(feed.state);
    return feed.subscribe(() => setState(feed.state));
  }, [feed]);
  return state;
}

/** How often the charts are drawn anew from what is kept. */
const historyMs = 60_000;

/** What the charts of a window are drawn from; asked for anew when somebody has looked again. */
export function useHistory(feed: Feed, window: WindowName, passAt: string | undefined) {
  const [history, setHistory] = useState<HistoryAnswer | null>(null);
  useEffect(() => {
    let isGone = false;
    const load = async () => {
      try {
        const answer = await feed.ask<HistoryAnswer>(`/api/history?window=${window}`);
        if (!isGone) setHistory(answer);
      } catch {
        // That nothing comes is said above; what was drawn stays, in grey.
      }
    };
    void load();
    const timer = setInterval(() => void load(), historyMs);
    return () => {
      isGone = true;
      clearInterval(timer);
    };
  }, [feed, window, passAt]);
  return history;
}

/** The reader's clock, each second. */
export function useSeconds(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function useBoxWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { box, width };
}
