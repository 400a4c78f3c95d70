import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { diskAnswer } from '../src/checks/disks.ts';
import { forecastAnswer } from '../src/checks/forecast.ts';
import { cpuTimes, cpuUse, usableProcessors } from '../src/readers/cpu.ts';
import { readRoom, roomOf } from '../src/readers/disks.ts';
import { readLoad, readPressure } from '../src/readers/load.ts';
import { thisMachine } from '../src/readers/machine.ts';
import { oomKills, readMemory } from '../src/readers/memory.ts';
import { readMounts, watchedMounts } from '../src/readers/mounts.ts';
import { isProcess, type ProcessRow, readProcesses } from '../src/readers/processes.ts';
import { readNetwork } from '../src/readers/traffic.ts';
import { healthSection } from '../src/site/health.ts';
import { madeMachine } from './made-machine.ts';

const here = thisMachine({});
const now = () => new Date();
const near = (one: number, other: number, share: number, what: string) =>
  assert.ok(Math.abs(one - other) <= share * Math.max(one, other, 1), `${what}: ${one}, ${other}`);

describe('readers of this machine', () => {
  it('has the memory that free has', () => {
    const line = execFileSync('free', ['-b'], { encoding: 'utf8' }).split('\n')[1] ?? '';
    const [total = 0, , , , , available = 0] = line.trim().split(/\s+/).slice(1).map(Number);
    const memory = readMemory(here);
    assert.equal(memory.total, total);
    near(memory.available, available, 0.1, 'available');
  });

  it('has the room, the percent and the inodes that df has, of each file system once', async () => {
    const watched = watchedMounts(readMounts(here));
    assert.ok(watched.length > 0);
    assert.equal(new Set(watched.map(({ device }) => device)).size, watched.length);
    for (const { path } of watched) {
      const [, line = ''] = execFileSync(
        'df',
        ['-B1', '--output=size,avail,pcent,itotal,ipcent', path],
        { encoding: 'utf8' },
      ).split('\n');
      const [size = 0, available = 0, percent = 0, inodes = 0, inodePercent = 0] = line
        .trim()
        .split(/\s+/)
        .map((word) => Number.parseInt(word, 10) || 0);
      const room = await readRoom(path);
      assert.ok(room);
      assert.equal(room.size, size, path);
      near(room.available, available, 0.05, `room on ${path}`);
      assert.ok(Math.abs(room.percent - percent) <= 1, `${path}: ${room.percent}, df ${percent}`);
      assert.equal(room.inodes?.size ?? 0, inodes);
      assert.ok(Math.abs((room.inodes?.percent ?? 0) - inodePercent) <= 1);
    }
  });

  it('sees a process that is there, with its command line, and no zombie of that name', async (test) => {
    const child = spawn('sleep', ['600'], { stdio: 'ignore' });
    test.after(() => child.kill());
    await once(child, 'spawn');
    const row = readProcesses(here).find(({ pid }) => pid === child.pid);
    assert.deepEqual(row?.argv, ['sleep', '600']);
    assert.equal(row?.uid, process.getuid?.());
    assert.ok((row?.rss ?? 0) > 0);
  });

  it('counts the processors and the load', () => {
    const { processors, total } = cpuTimes(here);
    assert.equal(processors, Number(execFileSync('nproc', ['--all'], { encoding: 'utf8' })));
    assert.ok(total > 0);
    assert.ok(readLoad(here).fifteen >= 0);
  });
});

describe('readers of made trees', () => {
  it('takes the page cache for memory that can be had', (test) => {
    const machine = { ...madeMachine(temporaryFolder(test)), now };
    const { total, available } = readMemory(machine);
    assert.equal(Math.round(100 * (1 - available / total)), 10);
  });

  it('takes the tightest limit up the control groups, without what the page cache gives back', (test) => {
    const machine = {
      ...madeMachine(temporaryFolder(test), {
        'proc/self/cgroup': '0::/system.slice/app.service\n',
        'sys/fs/cgroup/system.slice/app.service/memory.max': 'max\n',
        'sys/fs/cgroup/system.slice/app.service/memory.current': '1\n',
        'sys/fs/cgroup/system.slice/memory.max': '104857600\n',
        'sys/fs/cgroup/system.slice/memory.current': '99614720\n',
        'sys/fs/cgroup/system.slice/memory.stat': 'anon 40000000\ninactive_file 55574528\n',
        'sys/fs/cgroup/system.slice/cpu.max': '50000 100000\n',
      }),
      now,
    };
    const { limit } = readMemory(machine);
    assert.equal(limit?.group, '/system.slice');
    // 95% with the page cache, 42% without.
    assert.equal(Math.round((100 * (limit?.used ?? 0)) / (limit?.limit ?? 1)), 42);
    assert.equal(usableProcessors(machine, cpuTimes(machine)), 0.5);
  });

  it('knows the limits of version 1, and that 2^63 is none', (test) => {
    const machine = {
      ...madeMachine(temporaryFolder(test), {
        'proc/self/cgroup': '4:memory:/docker/abc\n1:cpu,cpuacct:/\n',
        'sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes': '9223372036854771712\n',
        'sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes': '1000\n',
        'sys/fs/cgroup/memory/memory.limit_in_bytes': '500000000\n',
        'sys/fs/cgroup/memory/memory.usage_in_bytes': '400000000\n',
        'sys/fs/cgroup/memory/memory.stat': 'total_inactive_file 100000000\n',
      }),
      now,
    };
    const { limit } = readMemory(machine);
    assert.deepEqual([limit?.limit, limit?.used], [500000000, 300000000]);
  });

  it('tells busy, waiting and stolen time apart, and that counters stand still', () => {
    const times = (total: number, idle: number, iowait: number, steal: number) => ({
      total,
      idle,
      iowait,
      steal,
      processors: 2,
    });
    const use = cpuUse(times(1000, 500, 50, 0), times(2000, 900, 150, 200));
    assert.deepEqual(use, { percent: 60, iowaitPercent: 10, stealPercent: 20 });
    assert.equal(cpuUse(times(5, 5, 0, 0), times(5, 5, 0, 0)), null);
  });

  it('reads what the kernel ended, its pressure, and the network without the loopback', (test) => {
    const machine = {
      ...madeMachine(temporaryFolder(test), {
        'proc/vmstat': 'pgfault 1\noom_kill 7\n',
        'proc/pressure/io':
          'some avg10=1.00 avg60=12.50 avg300=3.00 total=1\nfull avg10=0.00 avg60=2.00 avg300=0.00 total=1\n',
        'proc/net/dev':
          'Inter-|   Receive |  Transmit\n face |bytes\n    lo: 5 0 0 0 0 0 0 0 5 0 0 0 0 0 0 0\n  eth0: 1000 1 0 0 0 0 0 0 2000 2 0 0 0 0 0 0\nveth12: 9 0 0 0 0 0 0 0 9 0 0 0 0 0 0 0\n',
      }),
      now,
    };
    assert.equal(oomKills(machine), 7);
    assert.deepEqual(readPressure(machine), [
      { resource: 'io', some60: 12.5, some300: 3, full60: 2 },
    ]);
    assert.deepEqual(readNetwork(machine), [{ name: 'net.eth0', in: 1000, out: 2000 }]);
  });

  it('watches each device once, and no pseudo, read-only or network file system', (test) => {
    const lines = [
      '1 0 254:0 / / rw - ext4 /dev/vda rw',
      '2 1 254:0 /var/lib/x /mnt/bind rw - ext4 /dev/vda rw',
      '3 1 254:1 / /srv\\040data rw - xfs /dev/vdb rw',
      '4 1 0:30 / /run rw - tmpfs tmpfs rw',
      '5 1 7:0 / /snap/core/1 ro - squashfs /dev/loop0 ro',
      '6 1 254:2 / /mnt/old ro - ext4 /dev/vdc ro',
      '7 1 0:40 / /mnt/nfs rw - nfs4 server:/export rw',
      '8 1 0:41 / /mnt/ssh rw - fuse.sshfs u@h: rw',
      '9 1 254:3 / /backup rw - ext4 /dev/vdd rw',
    ];
    const machine = {
      ...madeMachine(temporaryFolder(test), { 'proc/self/mountinfo': `${lines.join('\n')}\n` }),
      now,
    };
    const paths = (ignored: RegExp[]) =>
      watchedMounts(readMounts(machine), ignored).map(({ path }) => path);
    assert.deepEqual(paths([]), ['/', '/backup', '/srv data']);
    assert.deepEqual(paths([/^\/backup$/]), ['/', '/srv data']);
  });

  it('tells the program that is meant from those that only speak of it', () => {
    const row = (argv: string[], state = 'S', name = argv[0] ?? '') =>
      ({ pid: 1, ppid: 0, name, argv, uid: 0, state, ticks: 0, rss: 0, start: 0 }) as ProcessRow;
    const meant = [
      ['/usr/bin/python3', '-m', 'celery', 'worker'],
      ['celery', 'worker'],
      ['node', '/srv/celery.js'],
      ['sh', '/opt/celery.sh'],
    ];
    const other = [
      ['tail', '-f', '/var/log/celery.log'],
      ['vim', 'celery.py'],
      ['grep', 'celery'],
      ['bash', '-c', 'tail -f celery.log'],
    ];
    for (const argv of meant) assert.ok(isProcess(row(argv), 'celery'), argv.join(' '));
    for (const argv of other) assert.ok(!isProcess(row(argv), 'celery'), argv.join(' '));
    assert.ok(!isProcess(row(['celery'], 'Z'), 'celery'));
    assert.ok(isProcess(row(['java', '-jar', 'x.jar']), '-jar x.jar'));
  });
});

describe('how long a disk lasts', () => {
  const { disk } = healthSection.defaults.thresholds;
  const dayMs = 86_400_000;
  const line = (days: number, gbPerDay: number, left: number) =>
    Array.from({ length: 24 }, (_, at) => ({
      ms: (at * days * dayMs) / 24,
      value: left - ((gbPerDay * days * (at - 23)) / 24) * -1e9,
    }));
  const of = (day: number, week: number, left = 50e9) =>
    forecastAnswer('/', line(1, day, left), line(7, week, left), disk);

  it('is told only where the last day and the last week agree', () => {
    // 50 GB left, and 10 GB less a day in both: five days.
    assert.equal(of(-10, -10).state, 'warning');
    assert.ok(Math.abs((of(-10, -10).metrics?.[0]?.value ?? 0) - 5) < 0.1);
    assert.equal(of(-100, -80).state, 'critical');
    // Files that come and go every night: steep in the last day, flat in the week.
    assert.equal(of(-100, 0).state, 'healthy');
    assert.equal(of(-100, -1).state, 'healthy');
    assert.equal(of(5, -10).state, 'healthy');
    const gaps = line(7, -10, 50e9).map((point, at) =>
      at < 10 ? { ...point, value: null } : point,
    );
    assert.equal(forecastAnswer('/', line(1, -10, 50e9), gaps, disk).state, 'off');
  });
});

describe('the room of a disk', () => {
  const { disk } = healthSection.defaults.thresholds;
  const GB = 1e9;
  const state = (size: number, available: number) =>
    diskAnswer(
      '/',
      roomOf({
        bsize: 1e6,
        blocks: size / 1e6,
        bfree: available / 1e6,
        bavail: available / 1e6,
        files: 1,
        ffree: 1,
      }),
      disk,
    ).state;

  it('is bad by percent and by what is left together', () => {
    assert.equal(state(1000 * GB, 500 * GB), 'healthy');
    // 88% of a large disk: 120 GB are room enough.
    assert.equal(state(1000 * GB, 120 * GB), 'healthy');
    assert.equal(state(100 * GB, 12 * GB), 'warning');
    assert.equal(state(100 * GB, 4 * GB), 'critical');
    // 96%, and 40 GB are left.
    assert.equal(state(1000 * GB, 40 * GB), 'warning');
    assert.equal(state(10 * GB, 0.9 * GB), 'critical');
    // The partition of the boot loader.
    assert.equal(state(0.5 * GB, 0.4 * GB), 'healthy');
  });
});
