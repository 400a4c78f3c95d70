import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runTasks, type Task, type TaskGroup, type TaskListOptions } from '../src/tasks.ts';

function options(more: Partial<TaskListOptions> = {}): TaskListOptions {
  return {
    mode: 'silent',
    signal: new AbortController().signal,
    warn() {},
    redact: (text) => text,
    ...more,
  };
}

/** Ends when it is told to. */
function gate(): { opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: () => resolve() };
}

const task = <T>(title: string, run: () => Promise<T>): Task<T> => ({ title, run });
const value = (title: string): Task<string> => task(title, async () => title);
const failing = (title: string): Task<string> =>
  task(title, () => Promise.reject(new Error(`${title} failed`)));

/** `a`, `!b` for one that failed. */
async function outcomes(
  tasks: readonly (Task<string> | TaskGroup<string>)[],
  more: Partial<TaskListOptions> = {},
): Promise<string[]> {
  const found = await runTasks(tasks, options(more));
  return found.map((one) =>
    one.ok ? one.value : `!${(one.error as Error).message.split(' ')[0]}`,
  );
}

test('outcomes come in the order of the tasks, however deep, whatever ended first', async () => {
  const late = gate();
  const tasks = [
    {
      title: 'Build',
      concurrent: 2,
      tasks: [
        task('backend', () => late.opened.then(() => 'backend')),
        {
          title: 'Frontend',
          tasks: [
            value('install'),
            task('vite', async () => {
              late.open();
              return 'vite';
            }),
          ],
        },
      ],
    },
    value('restart'),
  ];
  assert.deepEqual(await outcomes(tasks), ['backend', 'install', 'vite', 'restart']);
});

test('runs as many at once as the group says, and one after the other by default', async () => {
  const most = async (concurrent: number | undefined): Promise<number> => {
    let running = 0;
    let seen = 0;
    const tasks = Array.from({ length: 6 }, (_, number) =>
      task(`t${number}`, async () => {
        running += 1;
        seen = Math.max(seen, running);
        // Long enough for whatever may begin now to have begun.
        for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
        running -= 1;
        return '';
      }),
    );
    await runTasks(
      [{ title: 'All', tasks, ...(concurrent === undefined ? {} : { concurrent }) }],
      options(),
    );
    return seen;
  };
  assert.deepEqual([await most(undefined), await most(1), await most(3)], [1, 1, 3]);
});

test('one that fails ends the list, and those after it are not there', async () => {
  const group = { title: 'Group', tasks: [value('a'), failing('b'), value('c')] };
  assert.deepEqual(await outcomes([group, value('d')]), ['a', '!b']);
});

test('a group that goes on lets its own go on, and ends the list around it or not as that says', async () => {
  const group = { title: 'Group', continueOnError: true, tasks: [failing('a'), value('b')] };
  assert.deepEqual(await outcomes([group, value('c')]), ['!a', 'b', 'c']);
  assert.deepEqual(await outcomes([group, failing('c'), value('d')]), ['!a', 'b', '!c']);
  assert.deepEqual(
    await outcomes([{ ...group, continueOnError: false }, value('c')], { continueOnError: true }),
    ['!a', 'c'],
  );
  assert.deepEqual(
    await outcomes([{ title: 'Group', tasks: [failing('a'), value('b')] }, value('c')], {
      continueOnError: true,
    }),
    ['!a', 'b', 'c'],
  );
});

test('side by side, one that fails begins no further one, and the others come to their end', async () => {
  const late = gate();
  const tasks = [
    task('slow', () => late.opened.then(() => 'slow')),
    task<string>('bad', async () => {
      setImmediate(() => late.open());
      throw new Error('bad failed');
    }),
    value('never'),
  ];
  assert.deepEqual(await outcomes([{ title: 'Group', concurrent: 2, tasks }]), ['slow', '!bad']);
});

test('what comes after a group that failed waits for those of it that are still at work', async () => {
  const [begun, late] = [gate(), gate()];
  const order: string[] = [];
  const group = {
    title: 'Group',
    concurrent: 2,
    continueOnError: false,
    tasks: [
      {
        title: 'Inner',
        tasks: [
          task('slow', async () => {
            begun.open();
            await late.opened;
            order.push('slow');
            return 'slow';
          }),
          value('not begun'),
        ],
      },
      task<string>('bad', async () => {
        await begun.opened;
        setImmediate(() => late.open());
        throw new Error('bad failed');
      }),
    ],
  };
  const after = task('after', async () => {
    order.push('after');
    return 'after';
  });
  assert.deepEqual(await outcomes([group, after], { continueOnError: true }), [
    'slow',
    '!bad',
    'after',
  ]);
  assert.deepEqual(order, ['slow', 'after']);
});

test('an interruption ends it all, also where failures do not', async () => {
  const abort = new AbortController();
  const reason = new Error('Ctrl-C');
  const found = await runTasks(
    [
      {
        title: 'Group',
        tasks: [
          task('a', async () => {
            abort.abort(reason);
            return 'a';
          }),
          value('b'),
        ],
      },
      value('c'),
    ],
    options({ signal: abort.signal, continueOnError: true }),
  );
  assert.deepEqual(found, [{ ok: true, value: 'a' }, ...found.slice(1)]);
  assert.ok(found.slice(1).every((one) => !one.ok && one.error === reason));
});
