import { coloursOfLooks, type Series } from '@om-ops/kit/page';
import type { GrowthRow, MeasureKey } from './growth-rows.ts';

/** The kinds that a measure was recorded in; of more than one each is compared with itself only. */
export function kindsOf(rows: readonly GrowthRow[], key: MeasureKey): string[] {
  return [
    ...new Set(rows.filter(({ values }) => values[key] !== null).map((row) => row.kinds[key])),
  ];
}

/**
 * A line for each subject, or for each subject and kind where runs of several kinds were recorded.
 *
 * @param rows what is drawn, newest first
 * @param all every row, oldest first: a line keeps its looks when others are filtered out
 */
export function seriesOf(
  rows: readonly GrowthRow[],
  all: readonly GrowthRow[],
  key: MeasureKey,
): Series[] {
  const mixed = kindsOf(all, key).length > 1;
  return linesOf(all, key).flatMap(({ subject, kind, look }) => {
    const points = rows
      .filter((row) => row.subject === subject && row.kinds[key] === kind)
      .flatMap(({ at, values }) => {
        const value = values[key];
        return value === null ? [] : [{ time: Date.parse(at), value }];
      })
      .reverse();
    const name = mixed ? `${subject} · ${kind}` : subject;
    return points.length > 0 ? [{ id: JSON.stringify([subject, kind]), name, look, points }] : [];
  });
}

interface Line {
  subject: string;
  kind: string;
  look: number;
}

/**
 * Every line of a chart. Those of one subject have one colour in all charts; that of the kind which
 * ran last looks as where there are no kinds.
 */
function linesOf(all: readonly GrowthRow[], key: MeasureKey): Line[] {
  const subjects = new Map<string, Set<string>>();
  for (const { subject } of all) subjects.set(subject, new Set());
  for (const { subject, kinds, values } of all.toReversed()) {
    if (values[key] !== null) subjects.get(subject)?.add(kinds[key]);
  }
  const apart = Math.ceil(subjects.size / coloursOfLooks) * coloursOfLooks;
  return [...subjects].flatMap(([subject, kinds], at) =>
    [...kinds].map((kind, turn) => ({ subject, kind, look: at + turn * apart })),
  );
}
