import { formatBytes, Section, Sparkline, StateMark, useClock, Visible } from '@om-ops/kit/page';
import type { HistoryAnswer, ShownCheck, Snapshot } from '../types.ts';
import { amountText } from './amounts.ts';

/** How long ago something was, shortly. */
export function agoText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 100) return `${seconds}\u00a0s`;
  if (seconds < 6000) return `${Math.floor(seconds / 60)}\u00a0min`;
  return seconds < 172_800
    ? `${Math.floor(seconds / 3600)}\u00a0h`
    : `${Math.floor(seconds / 86_400)}\u00a0d`;
}

export function Checks({
  checks,
  sparks,
  now,
}: {
  checks: readonly ShownCheck[];
  sparks: HistoryAnswer['sparks'];
  /** By the clock of the server. */
  now: number;
}) {
  const used = checks.filter(({ level }) => level !== 'off');
  const off = checks.length - used.length;
  return (
    <Section
      heading="Checks"
      sheet
      about={off === 0 ? undefined : `${off} more are of what this site does not use.`}
    >
      <div class="live-scroll">
        <table class="live-table">
          <thead>
            <tr>
              <th scope="col">Check</th>
              <th scope="col">State</th>
              <th scope="col" data-align="end">
                Value
              </th>
              <th scope="col" class="wide-only">
                Last hour
              </th>
              <th scope="col" data-align="end">
                Seen
              </th>
            </tr>
          </thead>
          <tbody>
            {used.map(({ id, title, level, value, unit, text, at }) => (
              <tr key={id} title={text}>
                <th scope="row">
                  <Visible text={title} />
                </th>
                <td>
                  <span class="live-state">
                    <StateMark state={level} /> {level}
                  </span>
                </td>
                <td data-align="end">
                  {value !== null && unit !== null ? amountText(value, unit) : ''}
                </td>
                <td class="live-spark wide-only">
                  {(sparks[id]?.filter((one) => one !== null).length ?? 0) > 1 && (
                    <Sparkline values={sparks[id] ?? []} />
                  )}
                </td>
                <td data-align="end">{agoText(now - Date.parse(at))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

export function Errors({
  snapshot: { errors, errorNotes },
}: {
  snapshot: Pick<Snapshot, 'errors' | 'errorNotes'>;
}) {
  const clock = useClock();
  return (
    <Section heading="Errors as they come" sheet>
      {errors.length === 0 && <p class="about">None since this is open.</p>}
      <ul class="live-errors">
        {errors.map(({ text, source, count, at }) => (
          <li key={`${source} ${text}`}>
            <span class="about">
              {at === null ? 'before' : clock.timeWithSeconds(at)} · <Visible text={source} />
              {count > 1 && ` · ${count} times`}
            </span>
            <code>
              <Visible text={text} />
            </code>
          </li>
        ))}
      </ul>
      {errorNotes.map((note) => (
        <p key={note} class="about">
          <Visible text={note} />
        </p>
      ))}
    </Section>
  );
}

export function Processes({ processes }: Pick<Snapshot, 'processes'>) {
  return (
    <Section heading="Processes" sheet>
      <table class="live-table">
        <thead>
          <tr>
            <th scope="col">Program</th>
            <th scope="col">User</th>
            <th scope="col" data-align="end">
              Processor
            </th>
            <th scope="col" data-align="end">
              Memory
            </th>
          </tr>
        </thead>
        <tbody>
          {processes.map(({ name, user, count, cpuPercent, rss }) => (
            <tr key={`${name} ${user}`}>
              <th scope="row">
                <Visible text={name} />
                {count > 1 && ` × ${count}`}
              </th>
              <td>
                <Visible text={user} />
              </td>
              <td data-align="end">
                {cpuPercent === null ? '' : `${cpuPercent.toFixed(1)}\u00a0%`}
              </td>
              <td data-align="end">{formatBytes(rss)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
