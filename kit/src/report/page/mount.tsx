import { type ComponentChildren, render } from 'preact';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { blockIds, type ReportMeta } from '../meta.ts';
import { visibleText } from '../visible.ts';
import { Clock } from './clock.ts';
import { ReportContext } from './context.ts';
import { readBlock } from './embedded.ts';
import { EmptyState } from './empty.tsx';
import { Frame } from './frame.tsx';
import { HashContext, HashState } from './hash.ts';
import { PrintContext, usePrintEvents } from './printing.ts';

/** Draws the report: reads what the Node side embedded and puts `page(data)` into the frame. */
export async function mountReport<Data>(page: (data: Data) => ComponentChildren): Promise<void> {
  const app = document.getElementById('app');
  if (!app) throw new Error('The report has no #app.');
  try {
    const meta = await readBlock<ReportMeta>(blockIds.meta);
    const data = await readBlock<Data>(blockIds.data);
    render(<Report meta={meta} hash={new HashState()} draw={() => page(data)} />, app);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    render(
      <main>
        <EmptyState title="This report cannot be opened">{reason}</EmptyState>
      </main>,
      app,
    );
    throw error;
  }
  document.documentElement.dataset.ready = 'yes';
}

interface ReportProps {
  meta: ReportMeta;
  hash: HashState;
  draw: () => ComponentChildren;
}

function Report({ meta, hash, draw }: ReportProps) {
  const [said, setSaid] = useState('');
  const announce = useCallback((heard: string) => {
    const text = visibleText(heard);
    // The same sentence twice would not be spoken again: a no-break space makes it new.
    setSaid((before) => (before === text ? `${text}\u00a0` : text));
  }, []);
  const context = useMemo(
    () => ({ meta, announce, clock: new Clock(meta.timeZone), unpacked: new Map() }),
    [meta, announce],
  );
  const drawn = useMemo(draw, [draw]);
  return (
    <HashContext.Provider value={hash}>
      <ReportContext.Provider value={context}>
        <PrintContext.Provider value={usePrintEvents()}>
          <Frame said={said}>{drawn}</Frame>
        </PrintContext.Provider>
      </ReportContext.Provider>
    </HashContext.Provider>
  );
}
