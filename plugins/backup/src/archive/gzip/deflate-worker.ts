import { parentPort, workerData } from 'node:worker_threads';
import { SegmentDeflater } from './deflate-segment.ts';
import { rawDeflate } from './raw-deflate.ts';
import { type SegmentMemory, SegmentRing, windowSize } from './segments.ts';

/** What a worker is started with. */
export interface DeflateWorkerData {
  memory: SegmentMemory;
  level: number;
}

const { memory, level } = workerData as DeflateWorkerData;
const ring = new SegmentRing(memory);
const deflater = new SegmentDeflater(rawDeflate(level));
const nothing = Buffer.alloc(0);

for (let segment = ring.take(); segment !== undefined; segment = ring.take()) {
  const input = ring.input(segment).subarray(0, ring.inputLength(segment));
  // Every segment but the last is full, so the one before ends where its slot ends.
  const dictionary = segment === 0 ? nothing : ring.input(segment - 1).subarray(-windowSize);
  const effort = ring.effort(segment);
  const deflated = deflater.deflate(input, dictionary, ring.output(segment), effort);
  if (ring.setDeflated(segment, deflated)) parentPort?.postMessage(segment);
}
