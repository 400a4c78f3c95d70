import { type Loaded, useLoaded } from '@om-ops/kit/page';
import { unpackTables } from '../packing.ts';
import type { RunDetail, RunTables } from '../types.ts';

/** The tables of a run, unpacked when the run is first looked at. */
export function useRunTables(run: RunDetail): Loaded<RunTables> {
  return useLoaded(`tables ${run.run}`, () => unpackTables(run.packed));
}

/** How many there were of a list, and where the whole of it is. */
export function wholeOf(run: RunDetail, key: string, shown: number) {
  const capped = run.capped.find((each) => each.key === key);
  return { total: Math.max(shown, capped?.total ?? shown), rest: `runs/${run.run}/analysis.json` };
}
