import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { ReportMeta } from '../meta.ts';
import type { Clock } from './clock.ts';

/** What every component of a report may ask for. */
export interface ReportContextValue {
  meta: ReportMeta;
  clock: Clock;
  /** Says a sentence to screen readers. */
  announce(text: string): void;
  /** Embedded values that are already unpacked, by name. */
  unpacked: Map<string, unknown>;
}

export const ReportContext = createContext<ReportContextValue | null>(null);

export function useReport(): ReportContextValue {
  const report = useContext(ReportContext);
  if (!report) throw new Error('Outside of mountReport.');
  return report;
}

/** Whether there is a page at this relative address, as the nav has it. */
export function usePageThere(address: string): boolean {
  return useReport().meta.nav.some(({ href, state }) => href === address && state !== 'absent');
}

export function useClock(): Clock {
  return useReport().clock;
}
