/** A rectangle in any unit. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * Squarified treemap (Bruls, Huizing, van Wijk): one box for each value, in the same order, areas
 * in proportion. Values must be positive and sorted, largest first.
 */
export function squarify(values: readonly number[], box: Box): Box[] {
  const total = values.reduce((sum, value) => sum + value, 0);
  if (total <= 0 || box.width <= 0 || box.height <= 0)
    return values.map(() => ({ ...box, width: 0 }));
  const scale = (box.width * box.height) / total;
  const areas = values.map((value) => value * scale);
  const boxes: Box[] = [];
  let free = { ...box };
  let start = 0;
  while (start < areas.length) {
    const side = Math.min(free.width, free.height);
    let end = start + 1;
    let sum = areas[start] ?? 0;
    while (end < areas.length) {
      const next = sum + (areas[end] ?? 0);
      if (worst(areas, start, end + 1, next, side) > worst(areas, start, end, sum, side)) break;
      sum = next;
      end++;
    }
    free = layRow(areas.slice(start, end), sum, free, boxes);
    start = end;
  }
  return boxes;
}

/** The worst ratio of sides in a row of areas along `side`. Areas fall, so the ends decide. */
function worst(
  areas: readonly number[],
  start: number,
  end: number,
  sum: number,
  side: number,
): number {
  const thickness = sum / side;
  const ratio = (area: number) => {
    const length = area / thickness;
    return Math.max(length / thickness, thickness / length);
  };
  return Math.max(ratio(areas[start] ?? 0), ratio(areas[end - 1] ?? 0));
}

/** Puts a row along the shorter side and returns what is left free. */
function layRow(areas: readonly number[], sum: number, free: Box, boxes: Box[]): Box {
  const upright = free.width >= free.height;
  const side = upright ? free.height : free.width;
  const thickness = side > 0 ? sum / side : 0;
  let offset = 0;
  for (const area of areas) {
    const length = thickness > 0 ? area / thickness : 0;
    boxes.push(
      upright
        ? { x: free.x, y: free.y + offset, width: thickness, height: length }
        : { x: free.x + offset, y: free.y, width: length, height: thickness },
    );
    offset += length;
  }
  return upright
    ? { ...free, x: free.x + thickness, width: Math.max(0, free.width - thickness) }
    : { ...free, y: free.y + thickness, height: Math.max(0, free.height - thickness) };
}
