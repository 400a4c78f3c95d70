import type { Site } from '@om-ops/kit';
import { hostChecks } from '../checks/host.ts';
import { keptReadings, type Readings, readReadings } from '../pass/readings.ts';
import type { Machine } from '../readers/machine.ts';
import { type HealthThresholds, healthSection } from '../site/health.ts';

/** What the machine is like at this moment, read as `health check` reads it, and kept nowhere. */
export class LiveHost {
  readonly #machine: Machine;
  readonly #thresholds: HealthThresholds;
  #readings: Readings[] = [];

  constructor(machine: Machine, thresholds: HealthThresholds) {
    this.#machine = machine;
    this.#thresholds = thresholds;
  }

  static async of(site: Site, machine: Machine): Promise<LiveHost> {
    const { thresholds } = await site.section(healthSection);
    // Who looks on wants to see what happens, and not the mean of some minutes.
    return new LiveHost(machine, { ...thresholds, cpu: { ...thresholds.cpu, average: '10s' } });
  }

  /** By the name of the series. What cannot be read is left out. */
  async look(signal: AbortSignal): Promise<Record<string, number>> {
    const checks = hostChecks({
      machine: this.#machine,
      thresholds: this.#thresholds,
      readings: this.#readings,
      sourceOf: () => 'dashboard',
    });
    this.#readings = keptReadings(this.#readings, readReadings(this.#machine));
    const answers = await Promise.all(
      checks.map(async ({ check, seriesOf }) => {
        try {
          const { metrics = [] } = await check.run(signal);
          return metrics.map((metric) => [seriesOf(metric), metric.value] as const);
        } catch {
          return [];
        }
      }),
    );
    return Object.fromEntries(
      answers.flat().filter((one): one is [string, number] => one[1] !== null),
    );
  }

  forget(): void {
    this.#readings = [];
  }
}
