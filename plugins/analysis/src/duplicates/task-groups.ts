const tasksPerBatch = 40_000;
/** What opening a file costs, in bytes that could be read instead. */
const openingCost = 20_000;

/** Files to read one after another, because they may be the same. */
export interface TaskGroup {
  items: number[];
  needsDigest: boolean;
}

/** So that no thread is left alone with much at the end. */
export function mostFirst(
  groups: readonly TaskGroup[],
  bytesOf: (item: number) => number,
): TaskGroup[] {
  const costs = new Map<TaskGroup, number>();
  for (const group of groups) {
    let cost = group.items.length * openingCost;
    for (const item of group.items) cost += bytesOf(item);
    costs.set(group, cost);
  }
  return [...groups].sort((one, another) => costs.get(another)! - costs.get(one)!);
}

/** So many groups at a time that what threads share stays small. */
export function* batches(groups: readonly TaskGroup[]): Generator<TaskGroup[]> {
  let batch: TaskGroup[] = [];
  let tasks = 0;
  for (const group of groups) {
    batch.push(group);
    tasks += group.items.length;
    if (tasks < tasksPerBatch) continue;
    yield batch;
    batch = [];
    tasks = 0;
  }
  if (batch.length > 0) yield batch;
}
