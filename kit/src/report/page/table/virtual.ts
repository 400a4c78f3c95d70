import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualizerOptions,
} from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useLayoutEffect, useReducer, useState } from 'preact/hooks';

interface VirtualProps {
  count: number;
  scroll: RefObject<HTMLElement | null>;
  /** Expected height of an item in CSS pixels; each is measured when it is drawn. */
  estimate: number;
  /** Keeps a measured height with its row when the order changes. */
  keyOf: (index: number) => number;
}

/** Draws only the items in view of the scrolling element. */
export function useVirtual(props: VirtualProps): Virtualizer<HTMLElement, HTMLElement> {
  const [, redraw] = useReducer((drawn: number, _action: null) => drawn + 1, 0);
  const options: VirtualizerOptions<HTMLElement, HTMLElement> = {
    count: props.count,
    getScrollElement: () => props.scroll.current,
    estimateSize: () => props.estimate,
    getItemKey: props.keyOf,
    overscan: 8,
    initialRect: { width: 0, height: 800 },
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw(null),
  };
  const [virtual] = useState(() => new Virtualizer(options));
  virtual.setOptions(options);
  useLayoutEffect(() => virtual._didMount(), []);
  useLayoutEffect(() => virtual._willUpdate());
  return virtual;
}
