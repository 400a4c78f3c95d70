import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { formatCount } from './format.ts';
import { useHashParam } from './hash.ts';
import { usePrinting } from './printing.ts';

export interface Tab {
  id: string;
  label: string;
  /** How many things the tab holds. */
  count?: number | undefined;
  content: () => ComponentChildren;
}

interface TabsProps {
  label: string;
  tabs: readonly Tab[];
  /** Key in the URL's hash. */
  param?: string;
}

/** Tabs by the ARIA pattern: arrow keys, Home and End move and open. All are printed. */
export function Tabs({ label, tabs, param = 'tab' }: TabsProps) {
  const [wanted, setWanted] = useHashParam(param, tabs[0]?.id ?? '', 'push');
  const list = useRef<HTMLDivElement>(null);
  const printing = usePrinting();
  const open = tabs.find(({ id }) => id === wanted) ?? tabs[0];

  useLayoutEffect(() => {
    // Only sideways: scrollIntoView would move the page as well.
    const button = list.current?.querySelector<HTMLElement>('[aria-selected=true]');
    if (!list.current || !button) return;
    const middle = button.offsetLeft - (list.current.clientWidth - button.offsetWidth) / 2;
    list.current.scrollLeft = middle;
  }, [open?.id]);

  const go = (index: number) => {
    const next = tabs[(index + tabs.length) % tabs.length];
    if (!next) return;
    setWanted(next.id);
    const button = list.current?.querySelector<HTMLElement>(`[data-tab="${CSS.escape(next.id)}"]`);
    button?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = tabs.findIndex(({ id }) => id === open?.id);
    const target = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[
      event.key
    ];
    if (target === undefined) return;
    event.preventDefault();
    go(target);
  };

  return (
    <div class="tabs">
      <div class="tablist" role="tablist" aria-label={label} ref={list}>
        {tabs.map((tab) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`tab-${tab.id}`}
            data-tab={tab.id}
            aria-selected={tab === open}
            aria-controls={tab === open ? `panel-${tab.id}` : undefined}
            tabIndex={tab === open ? 0 : -1}
            onClick={() => setWanted(tab.id)}
            onKeyDown={onKeyDown}
          >
            {tab.label}
            {tab.count !== undefined && <span class="tab-count">{formatCount(tab.count)}</span>}
          </button>
        ))}
      </div>
      {tabs
        .filter((tab) => printing || tab === open)
        .map((tab) => (
          <div
            key={tab.id}
            class="panel"
            role="tabpanel"
            id={`panel-${tab.id}`}
            aria-labelledby={`tab-${tab.id}`}
          >
            {printing && <h2 class="print-only">{tab.label}</h2>}
            {tab.content()}
          </div>
        ))}
    </div>
  );
}
