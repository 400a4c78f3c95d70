import { Args, dryRunFlag, Flags, isoWithOffset, OpsError, userName } from '@om-ops/kit';
import { appendLines } from '../../ledger/ledger.ts';
import { newRequestId } from '../../requests.ts';
import { lastTick } from '../../run/heartbeat.ts';
import { ScheduleCommand } from '../../schedule-command.ts';
import { distanceText, momentText } from '../../view/when.ts';

interface AtResult {
  dryRun: boolean;
  /** Null in a dry run. */
  id: string | null;
  task: string;
  due: string;
  note: string | null;
}

export default class MaintainAt extends ScheduleCommand<typeof MaintainAt, AtResult> {
  static override summary = 'Have a task run once, later.';
  static override description =
    'The tick runs it at that time or within the minute after it; it is kept on disk, so a restart loses nothing. When no tick comes within an hour of its time it is missed, which `maintain status` says. Exits 7 when no tick comes now: then it would not run.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> health-check --in 5m',
    '<%= config.bin %> <%= command.id %> backup-database --at "2026-11-22 23:00" --note "Before the update"',
  ];
  static override record = 'audit' as const;
  static override args = { task: Args.string({ description: 'The task.', required: true }) };
  static override flags = {
    in: Flags.string({ summary: 'After so long: 5m, 2h.', helpValue: 'TIME', exclusive: ['at'] }),
    at: Flags.string({
      summary: 'At this local time: 23:00 (the next time it is so), or "2026-11-22 23:00".',
      helpValue: 'TIME',
    }),
    note: Flags.string({ summary: 'What it is for.' }),
    ...dryRunFlag,
  };

  protected override async perform(): Promise<AtResult> {
    const { dryRun, now, folders, operation, flags } = this;
    const task = await this.task(this.args.task);
    const due = this.#due();
    const note = flags.note === undefined ? null : operation.redactor.foreign(flags.note);
    const history = await this.history();
    const id = newRequestId(history);
    const result = { dryRun, task: task.id, due: isoWithOffset(due), note };
    if (dryRun) return { ...result, id: null };
    const by = userName();
    const at = isoWithOffset(now);
    await appendLines(folders.ledger, [
      { state: 'planned', at, id, task: task.id, due: result.due, note, by },
    ]);
    operation.touch(folders.ledger.path);
    if (lastTick(folders, now)?.alive !== true)
      this.incomplete(
        'No tick comes, so it would not run: install the schedule (om-ops schedule install), or see why (om-ops schedule check).',
      );
    const held = history.pausedUntil(task.id, due);
    if (held !== null)
      this.incomplete(
        `It is paused until ${momentText(held, now)} and would wait for that: om-ops schedule resume`,
      );
    const guarded = new Set(history.installed?.guarded ?? []);
    if (task.steps.some((step) => step.guarded && !guarded.has(JSON.stringify(step.argv))))
      this.incomplete(
        'What it would delete has not been confirmed, and is passed over: om-ops schedule install confirms it.',
      );
    return { ...result, id };
  }

  #due(): Date {
    const { now, flags } = this;
    if (flags.in !== undefined) return this.after(flags.in);
    if (flags.at === undefined)
      throw new OpsError('E_USAGE', 'Say when: --in 5m, or --at 23:00.', { exit: 'usage' });
    const due = momentOf(flags.at, now);
    if (due <= now)
      throw new OpsError('E_USAGE', `${flags.at} is over already.`, {
        exit: 'usage',
        suggestions: [`Run it now: om-ops maintain run ${this.args.task}`],
      });
    return due;
  }

  protected override text({ dryRun, id, task, due }: AtResult): string {
    const when = `${momentText(due, this.now)} (${distanceText(due, this.now)})`;
    return dryRun
      ? `Would run ${task} at ${when}.\nNothing was changed: this was a dry run.`
      : `${task} runs at ${when}, as ${id}. Take it back: om-ops maintain cancel ${id}`;
  }
}

/** @throws OpsError E_USAGE (exit 2) */
function momentOf(text: string, now: Date): Date {
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text.trim());
  if (clock !== null) {
    const [hour, minute] = [Number(clock[1]), Number(clock[2])];
    const days = [0, 1].map(
      (more) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + more, hour, minute),
    );
    return days.find((day) => day > now) as Date;
  }
  const date = new Date(/^\d{4}-\d\d-\d\d$/.test(text.trim()) ? Number.NaN : text.trim());
  if (Number.isNaN(date.getTime()))
    throw new OpsError('E_USAGE', `\`${text}\` is not a point in time.`, {
      exit: 'usage',
      suggestions: ['Write it as 23:00 or "2026-11-22 23:00".'],
    });
  return date;
}
