import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isTemporaryName } from '@om-ops/kit';
import { runOmOps } from '@om-ops/test-support/om-ops';
import { waitFor } from '@om-ops/test-support/wait';
import { sampleSite } from '../../plugins/schedule/test/sample-site.ts';
import { injectionsFor } from './injections.ts';
import { runWithFault, whyNoShim } from './shim.ts';

// `schedule tick` killed, interrupted, or without room at each of its writes: the task of the period runs in the end,
// twice only if the ledger says why, and exit 0 means that it ran.

interface Report {
  ran: { task: string; outcome: string }[];
  notBegun: { code: string }[];
}

const argv = ['schedule', 'tick', '--json'];

describe('a tick with a fault at each of its writes', { skip: whyNoShim ?? false }, () => {
  it('runs its task in the end, and never twice unsaid', async (t) => {
    const at = await sampleSite(
      t,
      'adds: {argv: [roadmap, add, --title, Ran], every: day, at: "02:30"}',
    );
    const options = (minute: number) => ({
      env: { OM_OPS_SITE: at.site, OM_OPS_NOW: `2026-01-15T02:${minute}:00Z`, TZ: 'UTC' },
    });
    /** How many times the task has really run. */
    const ranTimes = (): number => {
      const path = join(at.state, 'roadmap/roadmap.json');
      return existsSync(path) ? readFileSync(path, 'utf8').split('"Ran"').length - 1 : 0;
    };
    const below = join(at.state, 'schedule');
    const clean = await runWithFault(argv, { below }, options(31));
    assert.equal(clean.code, 0, clean.stdout);
    assert.equal(ranTimes(), 1);
    const injections = injectionsFor(clean.calls, process.env.OM_OPS_ALL_FAULTS !== undefined);
    assert.ok(injections.some(({ kind }) => kind === 'kill'));
    for (const { fault, text } of injections) {
      rmSync(at.state, { recursive: true, force: true });
      const hit = await runWithFault(argv, { below, ...fault }, options(31));
      if (fault.act === 'signal') assert.ok(hit.code === 130 || hit.code === 0, text);
      if (hit.code === 0) {
        assert.equal(ranTimes(), 1, `${text}: exit 0, and it did not run`);
        assert.ok(hit.json<Report>().result.ran.length === 1, text);
      } else if (hit.stdout !== '') {
        assert.notEqual(hit.json().error.code, 'E_INTERNAL', `${text}: ${hit.stdout}`);
      }
      // What a killed tick has started comes to its end without it.
      await waitFor(text, async () => {
        const next = await runOmOps(argv, options(32));
        const { ran, notBegun } = next.json<Report>().result;
        assert.deepEqual(notBegun, [], text);
        return ran.length === 0 && ranTimes() > 0;
      });
      const times = ranTimes();
      const states = at.ledger().map(({ state }) => state);
      const isSaid = states.includes('cut-off');
      assert.ok(times === 1 || (times === 2 && isSaid), `${text}: ran ${times} times, ${states}`);
      const last = await runOmOps(argv, options(33));
      assert.deepEqual(last.json<Report>().result.ran, [], text);
      assert.equal(ranTimes(), times, text);
      const left = readdirSync(below).filter((name) => isTemporaryName(name));
      assert.ok(left.length <= 1, `${text}: ${left}`);
    }
  });
});
