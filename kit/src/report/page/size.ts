import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

/** Width of an element in CSS pixels, followed; 0 until it is there. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  const target = element.current;
  useLayoutEffect(() => {
    // On the first pass `target` was read before the element was there.
    const drawn = element.current;
    if (!drawn) return;
    const read = () => setWidth(Math.round(drawn.getBoundingClientRect().width));
    read();
    const observer = new ResizeObserver(read);
    observer.observe(drawn);
    return () => observer.disconnect();
  }, [target]);
  return width;
}
