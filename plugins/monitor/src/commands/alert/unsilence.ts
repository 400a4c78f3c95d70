import { Args, dryRunFlag, isoWithOffset, OpsError } from '@om-ops/kit';
import { printableName } from '@om-ops/kit/text';
import { alertFiles } from '../../alerts/files.ts';
import { readSilences, type Silence } from '../../alerts/silences.ts';
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
    const given = this.args.silence.trim();
    const lasting = all.filter(({ until }) => Date.parse(until) > this.clock.wallMs);
    const exact = lasting.filter(({ id, match }) => id === given || match === given);
    const begun = given === '' ? [] : lasting.filter(({ id }) => id.startsWith(given));
    const [found, other] = exact.length > 0 ? exact : begun;
    if (found !== undefined && other === undefined) return found;
    const name = printableName(given);
    throw new OpsError(
      found === undefined ? 'E_NO_SILENCE' : 'E_AMBIGUOUS',
      found === undefined ? `No silence ${name} lasts.` : `Several silences are ${name}.`,
      { exit: 'usage', suggestions: ['See which there are: om-ops alert silences'] },
    );
  }

  protected override text({ dryRun, silence }: UnsilenceResult): string {
    const what = `the silence of ${printableName(silence.match)}, ${silence.id}`;
    return dryRun
      ? `Would end ${what}.\nNothing was changed: this was a dry run.`
      : `Ended ${what}.`;
  }
}
