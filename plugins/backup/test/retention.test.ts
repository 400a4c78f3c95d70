import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { assertPolicy, decideRetention, type RetentionPolicy } from '../src/retention/policy.ts';

const now = new Date(2026, 10, 22, 12, 0);
const day = 86_400_000;
const at = (daysAgo: number, hour = 3) => {
  const time = new Date(now.getTime() - daysAgo * day);
  time.setHours(hour, 0, 0, 0);
  return { time };
};
const newestFirst = (backups: { time: Date }[]) =>
  [...backups].sort((a, b) => b.time.getTime() - a.time.getTime());

/** Decides when each is whole, except those named. */
function decide<B extends { time: Date }>(
  backups: B[],
  policy: RetentionPolicy,
  newestGood?: B,
  partial: readonly B[] = [],
) {
  const mustStay = new Map(newestGood === undefined ? [] : [[newestGood, 'the newest good one']]);
  const isWhole = (backup: B) => !partial.includes(backup);
  return decideRetention(backups, policy, { now, unfit: new Map(), mustStay, isWhole });
}

describe('decideRetention', () => {
  it('keeps the newest of each of the last days, weeks and months that have one', () => {
    const backups = newestFirst(Array.from({ length: 120 }, (_, index) => at(index)));
    const kept = decide(
      backups,
      { keepDaily: 7, keepWeekly: 4, keepMonthly: 3 },
      backups[0],
    ).filter(({ keep }) => keep);
    assert.equal(kept.filter(({ reason }) => reason.startsWith('daily')).length, 7);
    assert.ok(kept.length >= 9 && kept.length <= 12, String(kept.length));
    assert.equal(kept[0]?.backup, backups[0]);
  });

  it('keeps the last of several on one day for --keep-daily', () => {
    const backups = newestFirst([at(1, 3), at(1, 9), at(1, 15)]);
    const kept = decide(backups, { keepDaily: 1 }).filter(({ keep }) => keep);
    assert.deepEqual(
      kept.map(({ backup }) => backup.time.getHours()),
      [15],
    );
  });

  it('counts a week by its Thursday', () => {
    // 2024-12-30 and 2025-01-02 are both in week 2025-W1.
    const backups = newestFirst([{ time: new Date(2024, 11, 30) }, { time: new Date(2025, 0, 2) }]);
    const kept = decide(backups, { keepWeekly: 5 }).filter(({ keep }) => keep);
    assert.equal(kept.length, 1);
    assert.match(kept[0]?.reason ?? '', /2025-W1$/);
  });

  it('deletes by age only what is older', () => {
    const backups = newestFirst([at(1), at(29), at(31), at(60)]);
    const gone = decide(backups, { olderThanMs: 30 * day }, backups[0]).filter(({ keep }) => !keep);
    assert.equal(gone.length, 2);
  });

  it('keeps the newest good one although every rule lets it go', () => {
    const backups = newestFirst([at(100), at(200), at(300)]);
    const decided = decide(backups, { olderThanMs: 30 * day }, backups[1]);
    assert.deepEqual(
      decided.map(({ keep }) => keep),
      [false, true, false],
    );
    assert.equal(decided[1]?.reason, 'the newest good one');
  });

  it('gives no place of a complete one to a partial one, and one of its own to the newest', () => {
    const [p3, p2, c1, c0, cOld] = newestFirst([at(0), at(1), at(2), at(3), at(4)]);
    assert.ok(p3 && p2 && c1 && c0 && cOld);
    const all = [p3, p2, c1, c0, cOld];
    const kept = (policy: RetentionPolicy) =>
      decide(all, policy, undefined, [p3, p2]).flatMap(({ backup, keep }) =>
        keep ? [all.indexOf(backup)] : [],
      );
    assert.deepEqual(kept({ keepLast: 1 }), [0, 2]);
    assert.deepEqual(kept({ keepLast: 2 }), [0, 1, 2, 3]);
    const [evening, morning] = newestFirst([at(1, 20), at(1, 3)]);
    assert.ok(evening && morning);
    assert.equal(
      decide([evening, morning], { keepDaily: 1 }, undefined, [evening]).every(({ keep }) => keep),
      true,
    );
  });

  it('neither counts nor deletes what is dated in the future', () => {
    const backups = newestFirst([at(-400), at(1), at(2)]);
    const decided = decide(backups, { keepLast: 1 }, backups[1]);
    assert.deepEqual(
      decided.map(({ keep }) => keep),
      [true, true, false],
    );
  });

  it('never deletes the newest good one, whatever the policy', () => {
    const rule = fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5, max: 900 }), { minLength: 1, maxLength: 40 }),
        fc.record({
          keepLast: rule,
          keepDaily: rule,
          keepWeekly: rule,
          keepMonthly: rule,
          olderThanMs: fc.option(fc.integer({ min: 0, max: 900 * day }), { nil: undefined }),
        }),
        fc.nat(),
        (days, policy, pick) => {
          const backups = newestFirst(days.map((ago) => at(ago)));
          const good = backups[pick % backups.length];
          const decided = decide(backups, policy, good);
          assert.equal(decided.length, backups.length);
          assert.equal(decided.find(({ backup }) => backup === good)?.keep, true);
        },
      ),
    );
  });
});

describe('assertPolicy', () => {
  it('refuses a policy that says nothing', () => {
    assert.throws(() => assertPolicy({}), { code: 'E_USAGE', exit: 2 });
    assert.doesNotThrow(() => assertPolicy({ keepLast: 1 }));
  });
});
