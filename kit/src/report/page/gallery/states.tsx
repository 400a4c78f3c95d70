import { type LaneSpan, Lanes, Section, StateBadge, StateMark } from '../index.ts';

const states = ['healthy', 'warning', 'critical', 'unknown', 'off'] as const;
const begin = Date.parse('2026-11-21T06:00:00Z');
const hour = 3_600_000;

function span(level: LaneSpan['level'], from: number, to: number): LaneSpan {
  const at = (hours: number) => new Date(begin + hours * hour).toISOString();
  return { level, from: at(from), to: at(to) };
}

/** Every state as a shape and a word, and lanes with a gap, with nothing and with all that can be. */
export function States() {
  return (
    <Section heading="States" sheet>
      <p>
        {states.map((state) => (
          <span key={state}>
            <StateMark state={state} /> <StateBadge state={state} />{' '}
          </span>
        ))}
      </p>
      <Lanes
        since={new Date(begin).toISOString()}
        until={new Date(begin + 24 * hour).toISOString()}
        lanes={[
          {
            key: 'a',
            title: 'Backend',
            healthy: 0.99991,
            spans: [
              span('healthy', 0, 9),
              span('critical', 9, 9.01),
              span('warning', 9.01, 11),
              span('unknown', 14, 15),
              span('healthy', 15, 24),
            ],
          },
          { key: 'b', title: 'A check\u202e of a name', healthy: null, spans: [] },
        ]}
        marks={[{ at: new Date(begin + 9 * hour).toISOString(), text: 'pm2 restart\u202e' }]}
      />
    </Section>
  );
}
