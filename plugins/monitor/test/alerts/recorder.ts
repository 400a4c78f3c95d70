import { keptAlerts } from '../../src/alerts/kept-alerts.ts';
import { AlertStore } from '../../src/alerts/store.ts';
import { Outbox } from '../../src/notify/outbox.ts';
import type { Line } from '../../src/rules/alert.ts';
import { check, rulesOf } from '../rules/simulation.ts';

/** Records pass after pass as `health watch` would, from where the one before was ended; may be killed at any moment. */
const [state = '', passes = '0'] = process.argv.slice(2);

const outbox = new Outbox(state, { warn: console.error, command: 'test' });
const channels = { chat: { type: 'command' as const, argv: ['true'] } };
const store = new AlertStore(state, {
  warn: console.error,
  command: 'test',
  enqueue: (telling) =>
    outbox.enqueue(telling, {
      section: { channels, routes: [] },
      now: new Date(telling.at),
      pauseMs: 0,
    }),
  tellAtOnce: async ({ lines }: { lines: readonly Line[] }) =>
    console.error('at once', lines.length),
});

const startMs = Date.parse('2026-11-25T10:00:00Z');
const { snapshot } = await keptAlerts(state, console.error);
// The pass after the last that is remembered; one that was cut off may come again.
let pass =
  snapshot.state.clock === null ? 0 : Math.round(snapshot.state.clock.monotonicMs / 30_000);
process.stdout.write('begun\n');
for (; pass < Number(passes); pass += 1) {
  const wallMs = startMs + pass * 30_000;
  const clock = { wallMs, monotonicMs: (pass + 1) * 30_000, bootId: 'b', uptimeMs: 86_400_000 };
  // Each key is bad for two passes, and over four later.
  const checks = Array.from({ length: 14 }, (_, back) => pass - back)
    .filter((born) => born >= 0)
    .map((born) =>
      check(`key-${born}`, { kind: 'event', level: pass - born < 2 ? 'critical' : 'healthy' }),
    );
  const at = new Date(wallMs).toISOString();
  await store.recordPass({ at, everyMs: 30_000, checks }, clock, {
    ...rulesOf(),
    newId: () => `a${pass}`,
  });
}
process.stdout.write('done\n');
