import type { Metric } from '@om-ops/kit';
import type { Pass, PassCheck } from '../src/pass/pass.ts';
import { metricsSection } from '../src/site/metrics.ts';
import { MetricsStore } from '../src/store/metrics-store.ts';

// Writes passes for ever, and says of each that it is written once it is: the test kills it amid one.
const [folder = '', number = ''] = process.argv.slice(2);
using store = new MetricsStore(folder, metricsSection.defaults, () => process.exit(1));
const begin = Date.parse('2026-11-20T12:00:00Z') / 1000;
for (let at = 0; ; at += 1) {
  const metrics: Metric[] = [{ key: `w${number}`, label: '', value: at, unit: 'count' }];
  const check = { id: `w${number}`, title: '', level: 'healthy', stale: false, metrics };
  store.append({
    at: new Date((begin + at) * 1000).toISOString(),
    everyMs: 1000,
    checks: [check as unknown as PassCheck],
    metrics: [],
  } as unknown as Pass);
  process.stdout.write(`${number} ${at}\n`);
}
