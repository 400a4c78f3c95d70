import { join } from 'node:path';
import {
  acquireLock,
  confirmFlag,
  dryRunFlag,
  Flags,
  isoWithOffset,
  OpsCommand,
  OpsError,
  parseAge,
} from '@om-ops/kit';
import { formatTime, plural } from '@om-ops/kit/text';
import { thisMachine } from '../../readers/machine.ts';
import { metricsSection } from '../../site/metrics.ts';
import { History } from '../../store/history.ts';
import { cutsOf, type Pruned, prunable } from '../../store/keeping.ts';
import { MetricsStore } from '../../store/metrics-store.ts';

interface PruneResult {
  dryRun: boolean;
  /** ISO 8601 with offset; null: by the profile, each of its own age. */
  before: string | null;
  removed: Pruned;
}

const nothing: Pruned = { raw: 0, m5: 0, h1: 0, spans: 0 };

export default class MetricsPrune extends OpsCommand<typeof MetricsPrune, PruneResult> {
  static override summary = 'Delete old measurements.';
  static override description =
    'Deletes what is older than the profile keeps (metrics: raw, fiveMinutes, hours), which passes do by themselves, or all that is older than --older-than. Alerts are kept elsewhere and stay.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --older-than 90d --dry-run',
    '<%= config.bin %> <%= command.id %> --older-than 1y --confirm "YES APPLY"',
  ];
  static override record = 'audit' as const;
  static override flags = {
    ...dryRunFlag,
    ...confirmFlag,
    'older-than': Flags.string({ summary: 'Everything before this age: 30d, 6mo, 1y.' }),
  };

  protected override async perform(): Promise<PruneResult> {
    const { flags, site, dryRun } = this;
    const section = await site.section(metricsSection);
    const now = Math.floor(thisMachine().now().getTime() / 1000);
    const age = flags['older-than'];
    const before = age === undefined ? null : now - Math.floor(parseAge(age) / 1000);
    if (before !== null && before >= now)
      throw new OpsError('E_USAGE', `\`${age}\` would delete everything.`, {
        exit: 'usage',
        suggestions: ['Give an age, as 30d.'],
      });
    const cuts =
      before === null
        ? cutsOf(section, now)
        : { raw: before, m5: before, h1: before, spans: before };
    const wanted = new History(site.state).read((database) => prunable(database, cuts)) ?? nothing;
    const iso = before === null ? null : isoWithOffset(new Date(before * 1000));
    if (dryRun || rowsOf(wanted) === 0) return { dryRun, before: iso, removed: wanted };
    await this.confirm(`${whatText(wanted, iso)} will be deleted from the history.`);
    using _lock = await acquireLock(join(site.state, 'locks'), 'monitor', {
      waitMs: 10_000,
      command: 'om-ops metrics prune',
      signal: this.operation.signal,
    });
    using store = new MetricsStore(site.state, section, (message) => this.operation.warn(message));
    const removed = await this.runTask({ title: 'Delete', run: async () => store.prune(cuts) });
    this.operation.touch(join(site.state, 'monitor/metrics.db'));
    return { dryRun, before: iso, removed };
  }

  protected override text({ dryRun, before, removed }: PruneResult): string {
    if (rowsOf(removed) === 0) return 'Nothing is so old.';
    return `${whatText(removed, before)} ${dryRun ? 'would be' : rowsOf(removed) === 1 ? 'was' : 'were'} deleted.`;
  }
}

const rowsOf = ({ raw, m5, h1, spans }: Pruned): number => raw + m5 + h1 + spans;

function whatText(removed: Pruned, before: string | null): string {
  return `${plural(rowsOf(removed), 'row')} ${before === null ? 'past the ages of the profile' : `from before ${formatTime(before)}`}`;
}
