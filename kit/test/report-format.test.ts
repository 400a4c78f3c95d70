import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatShare,
  packPaths,
  unpackPaths,
} from '../src/report/index.ts';
import { timeTicks, valueDomain } from '../src/report/page/chart/scale.ts';
import { squarify } from '../src/report/page/chart/squarify.ts';
import { Clock } from '../src/report/page/clock.ts';
import * as onPages from '../src/report/page/format.ts';
import { RowIndex } from '../src/report/page/table/row-index.ts';
import { visiblePieces, visibleText } from '../src/report/visible.ts';
import { shellQuoted } from '../src/shell.ts';
import * as onTerminal from '../src/text/format.ts';

describe('formats', () => {
  it('gives sizes three digits in units of 1000', () => {
    const said = [
      0, 1, 999, 1000, 1004, 9995, 10_000, 999_499, 999_500, 1_240_000_000, -2500, 3e15,
    ];
    assert.deepEqual(
      said.map((bytes) => formatBytes(bytes)),
      [
        '0 B',
        '1 B',
        '999 B',
        '1.00 kB',
        '1.00 kB',
        '10.0 kB',
        '10.0 kB',
        '999 kB',
        '1.00 MB',
        '1.24 GB',
        '−2.50 kB',
        '3.00 PB',
      ],
    );
  });

  it('groups counts and rounds shares', () => {
    assert.equal(formatCount(-1234567), '−1,234,567');
    assert.equal(formatCount(1234.5), '1,234.5');
    assert.deepEqual([0, 0.0004, 0.023, 0.5, 1, Number.NaN].map(formatShare), [
      '0.0%',
      '<0.1%',
      '2.3%',
      '50%',
      '100%',
      '–',
    ]);
  });

  it('says durations in two units', () => {
    const said = [12, 1500, 41_000, 125_000, 7_500_000, 90_000_000].map((ms) => formatDuration(ms));
    assert.deepEqual(said, ['12 ms', '1.5 s', '41 s', '2 min 5 s', '2 h 5 min', '1 d 1 h']);
  });
});

describe('formats of a page', () => {
  it('are the words of the terminal, and no line breaks inside of them', () => {
    const size = fc.integer({ min: -1e15, max: 1e15 });
    fc.assert(
      fc.property(size, (value) => {
        for (const [onPage, onTerminal] of [
          [onPages.formatBytes(value), formatBytes(value)],
          [onPages.formatDuration(value), formatDuration(value)],
        ] as const) {
          assert.equal(onPage.replaceAll('\u00a0', ' '), onTerminal);
          assert.doesNotMatch(onPage, / /);
        }
      }),
    );
    assert.equal(onPages.plural(1200, 'file'), '1,200\u00a0files');
    assert.equal(onTerminal.plural(1, 'entry', 'entries'), '1 entry');
  });
});

describe('hidden characters', () => {
  it('are the same for a shell, a page, a terminal', () => {
    for (const character of [
      '\u0007 \u00ad \u034f \u061c \u115f \u180e \u200b \u200d \u2028 \u202e \u2066 \u3164 \ufeff \uffa0 \ud800',
      '\u{e0041} \u{e0101} \u{1d173}',
    ].flatMap((all) => all.split(' '))) {
      const name = `a${character}b`;
      const shown = visibleText(name);
      assert.match(shown, /^a\\u(\{[0-9a-f]+\}|[0-9a-f]{4})b$/);
      assert.equal(onTerminal.printable(name), shown);
      assert.match(shellQuoted(name), /^\$'a(\\\d{3})+b'$/);
    }
    assert.equal(onTerminal.printable('👩‍💻 ❤️'), '👩‍💻 ❤️');
  });
});

describe('packPaths', () => {
  it('gives back any list of paths', () => {
    const path = fc
      .string({ unit: 'binary', maxLength: 12 })
      .map((text) => text.replaceAll('\0', '/'));
    fc.assert(
      fc.property(fc.array(path, { maxLength: 12 }), (paths) => {
        const packed = JSON.parse(JSON.stringify(packPaths(paths)));
        assert.deepEqual(unpackPaths(packed), paths);
      }),
    );
  });
});

describe('visiblePieces', () => {
  it('spells out all that cannot be seen', () => {
    for (const [text, shown] of [
      ['a\u034fb', 'a\\u034fb'],
      ['a\u180eb', 'a\\u180eb'],
      ['a\u3164\uffa0\u115fb', 'a\\u3164\\uffa0\\u115fb'],
      ['a\ufe0fb', 'a\\ufe0fb'],
      ['1\ufe0f', '1\\ufe0f'],
      ['a\u{e0101}\u{e0041}b', 'a\\u{e0101}\\u{e0041}b'],
      ['\ud800x', '\\ud800x'],
      ['a\u200db', 'a\\u200db'],
    ] as const) {
      assert.equal(visibleText(text), shown);
      assert.notEqual(text, shown);
    }
  });

  it('leaves emoji whole', () => {
    for (const text of ['❤️ ✔︎', '👩‍💻', '👩🏽‍🚒', '🏳️‍🌈', '1️⃣', '👨‍👩‍👧']) {
      assert.equal(visibleText(text), text);
    }
  });

  it('spells out what cannot be seen', () => {
    const text = (value: string) =>
      visiblePieces(value)
        .map((piece) => piece.text)
        .join('|');
    assert.equal(text('plain.txt'), 'plain.txt');
    assert.equal(text('a\u202egpj.exe'), 'a|\\u202e|gpj.exe');
    assert.equal(text('\nx\ud800'), '\\n|x|\\ud800');
    assert.equal(text('😀 é'), '😀 é');
  });

  it('is the same as text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const pieces = visiblePieces(value).map(({ text }) => text);
        assert.equal(visibleText(value), pieces.join(''));
      }),
    );
    assert.equal(visibleText('\u202elive'), '\\u202elive');
  });
});

describe('squarify', () => {
  it('fills the box with areas in proportion', () => {
    const values = fc.array(fc.integer({ min: 1, max: 1_000_000 }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(values, (raw) => {
        const sorted = raw.toSorted((a, b) => b - a);
        const total = sorted.reduce((sum, value) => sum + value, 0);
        const boxes = squarify(sorted, { x: 0, y: 0, width: 300, height: 200 });
        for (const [at, box] of boxes.entries()) {
          const expected = ((sorted[at] ?? 0) / total) * 60_000;
          assert.ok(Math.abs(box.width * box.height - expected) < 0.01);
          assert.ok(box.x >= -1e-6 && box.y >= -1e-6);
          assert.ok(box.x + box.width <= 300.001 && box.y + box.height <= 200.001);
        }
      }),
    );
  });
});

describe('RowIndex', () => {
  const columns = [
    { id: 'name', value: (row: Row) => row.name, search: (row: Row) => row.name },
    { id: 'size', value: (row: Row) => row.size, search: () => '' },
  ];
  interface Row {
    name: string;
    size: number | null;
  }
  const row = fc.record({
    name: fc.string({ maxLength: 6 }),
    size: fc.option(fc.integer({ min: 0, max: 9 })),
  });

  it('finds what a plain filter finds, whatever was typed before', () => {
    fc.assert(
      fc.property(fc.array(row), fc.array(fc.string({ maxLength: 4 })), (rows, queries) => {
        const index = new RowIndex(rows, columns);
        for (const query of queries) {
          const words = query.toLowerCase().split(/\s+/).filter(Boolean);
          const plain = rows.flatMap(({ name }, at) =>
            words.every((word) => name.toLowerCase().includes(word)) ? [at] : [],
          );
          assert.deepEqual([...index.view(query, null)], plain);
        }
      }),
    );
  });

  it('sorts both ways, keeps the order of equals, and puts nothing last', () => {
    const rows = [
      { name: 'b', size: 2 },
      { name: 'A', size: null },
      { name: 'c', size: 2 },
      { name: 'd', size: 10 },
    ];
    const index = new RowIndex(rows, columns);
    const view = (column: string, descending: boolean) => [
      ...index.view('', { column, descending }),
    ];
    assert.deepEqual(view('size', false), [0, 2, 3, 1]);
    assert.deepEqual(view('size', true), [3, 0, 2, 1]);
    assert.deepEqual(view('name', false), [1, 0, 2, 3]);
    assert.deepEqual(view('nothing', false), [0, 1, 2, 3]);
  });
});

describe('Clock', () => {
  it('writes seconds where moments share a minute, and only there', () => {
    const clock = new Clock('America/New_York');
    const all = ['2026-11-22T14:27:05Z', '2026-11-22T14:27:41Z', '2026-11-22T14:28:00Z'];
    const written = clock.apart([...all, ...all]);
    assert.deepEqual(all.map(written), [
      '22 Nov 2026, 09:27:05',
      '22 Nov 2026, 09:27:41',
      '22 Nov 2026, 09:28',
    ]);
    assert.equal(written(Date.parse(all[0] ?? '')), '22 Nov 2026, 09:27:05');
  });
});

describe('chart scales', () => {
  const clock = new Clock('America/New_York');

  it('has round values that hold the data, and whole ones for counts', () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 1e12 }), { minLength: 1 });
    fc.assert(
      fc.property(numbers, fc.boolean(), (values, whole) => {
        const { low, high, ticks } = valueDomain(values, whole);
        assert.ok(low <= Math.min(...values) && high >= Math.max(...values));
        assert.ok(ticks.length >= 2 && ticks.length <= 12);
        if (whole) assert.ok(ticks.every(Number.isInteger));
      }),
    );
    assert.deepEqual(valueDomain([0], true).ticks, [0, 1]);
    assert.ok(valueDomain([999_999_999_996, 999_999_999_995], true).ticks.every(Number.isInteger));
    assert.equal(valueDomain([100, 101]).fromZero, false);
    assert.equal(valueDomain([100, 100]).fromZero, true);
  });

  it('has at least two moments in any range, midnight in the site’s zone for days', () => {
    const start = fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2030-01-01') });
    const span = fc.integer({ min: 1000, max: 3e11 });
    fc.assert(
      fc.property(start, span, fc.integer({ min: 2, max: 12 }), (from, length, count) => {
        const made = timeTicks(from, from + length, count, clock);
        assert.ok(made.length >= 2 && made.length <= count * 2 + 1, `${made.length} of ${count}`);
        assert.ok(made.every(({ at }) => at >= from && at <= from + length));
      }),
    );
    // Over the end of daylight saving time on 1 November.
    const days = timeTicks(
      Date.parse('2026-10-29T12:00Z'),
      Date.parse('2026-11-05T12:00Z'),
      8,
      clock,
    );
    assert.deepEqual(days.map(({ at, label }) => [new Date(at).toISOString(), label]).slice(1, 4), [
      ['2026-10-31T04:00:00.000Z', '31 Oct'],
      ['2026-11-01T04:00:00.000Z', '1 Nov'],
      ['2026-11-02T05:00:00.000Z', '2 Nov'],
    ]);
  });
});
