import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';

/** True while the page is laid out for paper: every tab is drawn then, and tables are capped. */
export const PrintContext = createContext(false);

export function usePrinting(): boolean {
  return useContext(PrintContext);
}

/** Follows the browser's own print events and print emulation. */
export function usePrintEvents(): boolean {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const media = matchMedia('print');
    const before = () => setPrinting(true);
    const after = () => setPrinting(false);
    const change = () => setPrinting(media.matches);
    addEventListener('beforeprint', before);
    addEventListener('afterprint', after);
    media.addEventListener('change', change);
    return () => {
      removeEventListener('beforeprint', before);
      removeEventListener('afterprint', after);
      media.removeEventListener('change', change);
    };
  }, []);
  return printing;
}
