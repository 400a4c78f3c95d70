import type { OwnCost } from './kept-pass.ts';
import type { Pass } from './pass.ts';

/** A sample with its key, as measured in a database of some weeks. */
const sampleBytes = 23;
const dayMs = 86_400_000;

/** What this process takes of the machine, from one pass to the next; of a single pass, with all of its start. */
export class CostMeter {
  #last: { cpu: NodeJS.CpuUsage; at: number } | undefined;

  of({ everyMs, checks, metrics }: Pass): OwnCost {
    const cpu = process.cpuUsage(this.#last?.cpu);
    const at = performance.now();
    const ms = this.#last === undefined ? everyMs : at - this.#last.at;
    this.#last = { cpu: process.cpuUsage(), at };
    const samples = checks.reduce(
      (sum, one) => sum + (one.stale ? 0 : one.metrics.length),
      metrics.length,
    );
    return {
      cpuPercent: Math.round((10_000 * (cpu.user + cpu.system)) / 1000 / ms) / 100,
      rssBytes: process.memoryUsage.rss(),
      bytesPerDay: Math.round((samples * sampleBytes * dayMs) / everyMs),
    };
  }
}
