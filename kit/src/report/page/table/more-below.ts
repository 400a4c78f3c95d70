import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

/** Marks the parent of a scrolling element with `data-more` while some of it lies below what is in view. */
export function useMoreBelow(element: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const box = element.current;
    const content = box?.firstElementChild;
    if (!box || !content) return;
    const mark = () =>
      box.parentElement?.toggleAttribute(
        'data-more',
        box.scrollTop + box.clientHeight < box.scrollHeight - 2,
      );
    // A search changes how much there is.
    const observer = new ResizeObserver(mark);
    observer.observe(box);
    observer.observe(content);
    box.addEventListener('scroll', mark, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener('scroll', mark);
    };
  }, [element.current]);
}
