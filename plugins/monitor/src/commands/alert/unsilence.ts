import { Args, dryRunFlag, isoWithOffset } from '@om-ops/kit';
import { printableName } from '@om-ops/kit/text';
import { alertFiles } from '../../alerts/files.ts';
import { readSilences, type Silence } from '../../alerts/silences.ts';
import { matchingOne } from '../../matching-one.ts';
import { WatchCommand } from '../../watch-command.ts';

interface UnsilenceResult {
  dryRun: boolean;
  silence: Omit<Silence, 'untilTick'>;
}

export default class AlertUnsilence extends WatchCommand<typeof AlertUnsilence, UnsilenceResult> {
  static override summary = 'End a silence before its time.';
  static override description = 'What is still bad under it is told with the next look.';
  static override examples = ['<%= config.bin %> <%= command.id %> k3f9ab'];
  static override record = 'audit' as const;
  static override args = {
    silence: Args.string({
      description: 'Its ID, the beginning of it, or what it matches.',
      required: true,
    }),
  };
  static override flags = { ...dryRunFlag };

  protected override async perform(): Promise<UnsilenceResult> {
    const { dryRun } = this;
    const found = this.#found(readSilences(alertFiles(this.site.state).silences));
    const until = isoWithOffset(new Date(this.clock.wallMs));
    if (!dryRun) {
      const { store } = await this.watch;
      await store.changeSilences(this.clock, (all, tick) =>
        all.map((one) => (one.id === found.id ? { ...one, until, untilTick: tick } : one)),
      );
      this.operation.touch(found.match);
    }
    const { untilTick: _tick, ...silence } = found;
    return { dryRun, silence: { ...silence, until } };
  }

  #found(all: readonly Silence[]): Silence {
    const lasting = all.filter(({ until }) => Date.parse(until) > this.clock.wallMs);
    return matchingOne(lasting, this.args.silence, {
      idOf: ({ id }) => id,
      nameOf: ({ match }) => match,
      code: 'E_NO_SILENCE',
      none: ['No silence', 'lasts.'],
      many: 'silences',
      see: 'om-ops alert silences',
    });
  }

  protected override text({ dryRun, silence }: UnsilenceResult): string {
    const what = `the silence of ${printableName(silence.match)}, ${silence.id}`;
    return dryRun
      ? `Would end ${what}.\nNothing was changed: this was a dry run.`
      : `Ended ${what}.`;
  }
}
