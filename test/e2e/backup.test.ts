import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exec } from '@om-ops/kit';
import { demo } from '@om-ops/test-support/demo-run';
import type { RunResult } from '@om-ops/test-support/om-ops';
import { waitFor } from '@om-ops/test-support/wait';

interface Backup {
  category: string;
  path: string;
  metadataPath: string;
  bytes: number;
  sourceBytes: number;
  files: number;
  sha256: string;
  seconds: number;
  skipped: { path: string; reason: string }[];
}

/** Every file below a folder with its size and time: to see that nothing was changed. */
function fingerprint(folder: string): string {
  if (!existsSync(folder)) return 'absent';
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { size, mtimeMs, mode } = statSync(join(folder, name));
      return `${name} ${size} ${mtimeMs} ${mode}`;
    })
    .join('\n');
}

/** PASS or FAIL by category. */
function statuses(verified: RunResult): Record<string, string> {
  const { backups } = verified.json<{ backups: { category: string; status: string }[] }>().result;
  return Object.fromEntries(backups.map(({ category, status }) => [category, status]));
}

const isRoot = process.getuid?.() === 0;

describe('backup run', () => {
  it('returns what docs/surface.md says, and writes the sidecar it describes', async (t) => {
    const site = demo(t);
    const result = await site.run(['backup', 'run', 'server', '--json']);
    assert.equal(result.code, 0, result.stdout + result.stderr);
    const {
      ok,
      command,
      result: { backups },
      warnings,
    } = result.json<{ backups: Backup[] }>();
    assert.deepEqual([ok, command, warnings], [true, 'backup:run', []]);
    const [backup] = backups;
    assert.ok(backup);
    assert.match(backup.path, /\/backups\/server\/server-\d{4}-\d\d-\d\d_\d{4}\.tar\.gz$/);
    assert.equal(backup.metadataPath, backup.path.replace(/\.tar\.gz$/, '.json'));
    assert.equal(backup.bytes, statSync(backup.path).size);
    assert.equal(
      backup.sha256,
      createHash('sha256').update(readFileSync(backup.path)).digest('hex'),
    );
    const sidecar = JSON.parse(readFileSync(backup.metadataPath, 'utf8')) as Record<
      string,
      unknown
    >;
    assert.deepEqual(Object.keys(sidecar), [
      'category',
      'createdAt',
      'tool',
      'version',
      'host',
      'source',
      'archive',
      'bytes',
      'sourceBytes',
      'files',
      'directories',
      'sha256',
      'excluded',
      'skipped',
      'durationSeconds',
      'site',
      'root',
      'diskBytes',
      'databaseCopies',
      'mounts',
    ]);
    assert.match(String(sidecar.createdAt), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$/);
    const { stdout } = await exec('tar', ['-tzf', backup.path]);
    const names = stdout.trim().split('\n');
    assert.ok(
      names.includes('src/index.js') &&
        names.includes('distribution/notes.md') &&
        names.includes('data/app.db'),
    );
    assert.deepEqual(
      names.filter((name) => /node_modules|^dist\/|logs|\.env|\.log$/.test(name)),
      [],
    );
    assert.equal(statSync(join(backup.path, '..')).mode & 0o777, 0o700);
  });

  it('never overwrites: the second of a minute gets -2', async (t) => {
    const site = demo(t);
    const paths: string[] = [];
    for (let count = 0; count < 3; count++) {
      paths.push(
        (await site.run(['backup', 'run', 'nginx', '--json'])).json<{ backups: Backup[] }>().result
          .backups[0]?.path ?? '',
      );
    }
    assert.equal(new Set(paths).size, 3);
    for (const path of paths) assert.ok(existsSync(path));
  });

  it('changes nothing at all in a dry run', async (t) => {
    const site = demo(t);
    const before = fingerprint(site.root);
    const result = await site.run(['backup', 'run', '--all', '--dry-run']);
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /would write .*prod-/);
    assert.match(result.stdout, /biggest that stay out\n.*server\/node_modules/);
    assert.equal(existsSync(site.state), false);
    assert.equal(fingerprint(site.root), before);
    assert.equal((await site.run(['backup', 'run', 'prod', '--quiet'])).code, 0);
    const state = fingerprint(site.state);
    for (const argv of [
      ['backup', 'run', '--all', '--dry-run'],
      ['backup', 'prune', '--keep-last', '1', '--dry-run'],
      ['backup', 'restore', 'prod', '--in-place', '--dry-run'],
      ['changelog', 'start', '--title', 'x', '--dry-run'],
    ]) {
      assert.equal((await site.run(argv)).code, 0, argv.join(' '));
      assert.equal(fingerprint(site.state), state, argv.join(' '));
    }
  });

  it('wants to be told what to back up', async (t) => {
    assert.equal((await demo(t).run(['backup', 'run'])).code, 2);
  });

  it('goes on with --all when one category fails, and exits with the worst', async (t) => {
    const site = demo(t);
    rmSync(join(site.root, 'front-end/public/images'), { recursive: true });
    const result = await site.run(['backup', 'run', '--all', '--json']);
    assert.equal(result.code, 5, result.stdout);
    const {
      ok,
      error,
      result: { backups, failed },
    } = result.json<{ backups: Backup[]; failed: { category: string }[] }>();
    assert.equal(ok, false);
    assert.equal(error.code, 'E_SOURCE_MISSING');
    assert.deepEqual(
      failed.map(({ category }) => category),
      ['images'],
    );
    assert.equal(backups.length, 6);
    assert.match((await site.run(['log', 'show'])).stdout, /ERROR backup:run exit=5/);
  });

  it('passes over what the profile says this site does not have', async (t) => {
    const site = demo(t);
    writeFileSync(
      site.profile,
      readFileSync(site.profile, 'utf8')
        .replace('  categories:\n', '  categories:\n    images: null\n')
        .replace('engine: sqlite', 'engine: none'),
    );
    const { result } = (await site.run(['backup', 'run', '--all', '--json'])).json<{
      backups: Backup[];
    }>();
    assert.deepEqual(
      result.backups.map(({ category }) => category),
      ['prod', 'server', 'front-end', 'nginx', 'config'],
    );
    assert.equal((await site.run(['backup', 'run', 'images'])).code, 2);
  });

  it('does not back up STATE into itself', async (t) => {
    const site = demo(t);
    const state = join(site.root, 'var/backups');
    const env = { OM_OPS_STATE: state };
    assert.equal((await site.run(['backup', 'run', 'prod'], { env })).code, 0);
    const { result } = (await site.run(['backup', 'run', 'prod', '--json'], { env })).json<{
      backups: Backup[];
    }>();
    const { stdout } = await exec('tar', ['-tzf', result.backups[0]?.path ?? '']);
    assert.equal(/\.tar\.gz$/m.test(stdout), false);
  });

  it('lists FIFOs and sockets without a change of the exit code', async (t) => {
    const site = demo(t);
    await exec('mkfifo', [join(site.root, 'server/pipe')]);
    const result = await site.run(['backup', 'run', 'server', '--json']);
    assert.equal(result.code, 0);
    assert.deepEqual(result.json<{ backups: Backup[] }>().result.backups[0]?.skipped, [
      { path: 'pipe', reason: 'fifo' },
    ]);
  });

  it('exits 7 and names unreadable files', {
    skip: isRoot ? false : 'needs root to become nobody',
  }, async (t) => {
    const site = demo(t);
    await exec('chmod', ['-R', 'o+rX', join(site.root, '..')]);
    chmodSync(join(site.root, '../'), 0o777);
    chmodSync(join(site.root, 'server/src/index.js'), 0o600);
    const result = await site.run(['backup', 'run', 'server', '--json'], {
      uid: 65534,
      gid: 65534,
    });
    assert.equal(result.code, 7, result.stdout + result.stderr);
    const envelope = result.json<{ backups: Backup[] }>();
    assert.equal(envelope.ok, true);
    assert.deepEqual(envelope.result.backups[0]?.skipped, [
      { path: 'src/index.js', reason: 'unreadable' },
    ]);
    assert.match(envelope.warnings.join(' '), /1 path was left out/);
  });

  it('says which permission is missing, with exit 5', {
    skip: isRoot ? false : 'needs root to become nobody',
  }, async (t) => {
    const site = demo(t);
    await exec('chmod', ['-R', 'o+rX', join(site.root, '..')]);
    mkdirSync(site.state);
    chownSync(site.state, 0, 0);
    const result = await site.run(['backup', 'run', 'server', '--json'], {
      uid: 65534,
      gid: 65534,
    });
    assert.equal(result.code, 5, result.stdout);
    assert.equal(result.json().error.code, 'E_PERMISSION');
  });

  it('lets one run at a time at a category, with exit 4', async (t) => {
    const site = demo(t);
    writeFileSync(join(site.root, 'server/big.bin'), Buffer.alloc(300_000_000));
    // Stopped while it holds the lock, so that the second run surely meets it.
    let stopped = 0;
    const first = site.run(['backup', 'run', 'server', '--quiet'], {
      onStart: (pid) => {
        stopped = pid;
      },
    });
    await waitFor(
      'the run to begin',
      () =>
        existsSync(join(site.state, 'locks')) &&
        readdirSync(join(site.state, 'locks')).some((name) => name.startsWith('backup-server')),
    );
    process.kill(stopped, 'SIGSTOP');
    try {
      const second = await site.run(['backup', 'run', 'server', '--json']);
      assert.equal(second.code, 4, second.stdout);
      assert.match(second.json().error.message, new RegExp(String(stopped)));
    } finally {
      process.kill(stopped, 'SIGCONT');
    }
    assert.equal((await first).code, 0);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`leaves nothing half-written on ${signal}, and exits 130`, async (t) => {
      const site = demo(t);
      writeFileSync(join(site.root, 'server/big.bin'), Buffer.alloc(600_000_000, 'x'));
      let pid = 0;
      const running = site.run(['backup', 'run', 'server', '--json'], {
        onStart: (started) => {
          pid = started;
        },
      });
      const folder = join(site.state, 'server');
      await waitFor(
        'the run to begin',
        () => existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.partial')),
      );
      process.kill(pid, signal);
      const result = await running;
      assert.equal(result.code, 130);
      assert.equal(result.json().error.code, 'E_INTERRUPTED');
      assert.deepEqual(readdirSync(folder), []);
      assert.deepEqual(
        readdirSync(join(site.state, 'locks')).filter((name) => name.startsWith('backup')),
        [],
      );
      assert.match(readFileSync(join(site.state, 'om-ops.log'), 'utf8'), /backup:run exit=130/);
    });
  }

  it('cleans up after a run that was killed, and takes over its lock', async (t) => {
    const site = demo(t);
    writeFileSync(join(site.root, 'server/big.bin'), Buffer.alloc(600_000_000, 'x'));
    let pid = 0;
    const running = site.run(['backup', 'run', 'server', '--quiet'], {
      onStart: (started) => {
        pid = started;
      },
    });
    const folder = join(site.state, 'server');
    await waitFor(
      'the run to begin',
      () => existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.partial')),
    );
    process.kill(pid, 'SIGKILL');
    assert.equal((await running).code, null);
    assert.deepEqual(
      (await site.run(['backup', 'list', '--json'])).json<{ backups: Backup[] }>().result.backups,
      [],
    );
    rmSync(join(site.root, 'server/big.bin'));
    const again = await site.run(['backup', 'run', 'server', '--json']);
    assert.equal(again.code, 0, again.stdout);
    assert.match(again.json().warnings.join(' '), /cut off; its unfinished .* was removed/);
    assert.equal(readdirSync(folder).length, 2);
  });

  it('leaves nothing under a name when the disk is full', {
    skip: isRoot ? false : 'needs root to mount a small disk',
  }, async (t) => {
    const site = demo(t);
    mkdirSync(site.state);
    await exec('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', site.state]);
    try {
      const result = await site.run(['backup', 'run', 'images', '--json']);
      assert.equal(result.code, 1, result.stdout);
      assert.equal(result.json().error.code, 'E_DISK_FULL');
      assert.ok(result.json().error.suggestions.length > 0);
      assert.deepEqual(readdirSync(join(site.state, 'images')), []);
    } finally {
      await exec('umount', [site.state]);
    }
  });
});

describe('backup verify', () => {
  it('fails a flipped byte, a cut file and a missing sidecar with exit 6', async (t) => {
    const site = demo(t);
    for (const category of ['server', 'images', 'nginx', 'config', 'database'])
      await site.run(['backup', 'run', category, '--quiet']);
    const { result } = (await site.run(['backup', 'list', '--json'])).json<{ backups: Backup[] }>();
    const path = (category: string) =>
      result.backups.find((backup) => backup.category === category)?.path ?? '';
    const bytes = readFileSync(path('server'));
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(path('server'), bytes);
    truncateSync(path('nginx'), statSync(path('nginx')).size - 20);
    rmSync(path('config').replace('.tar.gz', '.json'));
    rmSync(path('images'));
    const verified = await site.run(['backup', 'verify', '--json']);
    assert.equal(verified.code, 6);
    const envelope = verified.json<{ backups: { category: string; status: string }[] }>();
    assert.equal(envelope.ok, false);
    assert.deepEqual(
      Object.fromEntries(envelope.result.backups.map(({ category, status }) => [category, status])),
      { server: 'FAIL', images: 'FAIL', nginx: 'FAIL', config: 'FAIL', database: 'PASS' },
    );
    const text = await site.run(['backup', 'verify']);
    assert.match(text.stdout, /FAIL {2}server/);
    assert.match(text.stderr, /4 backups failed/);
  });

  it('fails a folder with the name of an archive, and checks the others', async (t) => {
    const site = demo(t);
    for (const category of ['server', 'nginx'])
      await site.run(['backup', 'run', category, '--quiet']);
    mkdirSync(join(site.state, 'prod/prod-2026-01-01_0000.tar.gz'), { recursive: true });
    const verified = await site.run(['backup', 'verify', '--json']);
    assert.equal(verified.code, 6, verified.stdout);
    assert.deepEqual(statuses(verified), { prod: 'FAIL', server: 'PASS', nginx: 'PASS' });
  });

  it('lets no sidecar hide the other backups', async (t) => {
    const site = demo(t);
    for (const category of ['server', 'nginx', 'images'])
      await site.run(['backup', 'run', category, '--quiet']);
    const { result } = (await site.run(['backup', 'list', '--json'])).json<{ backups: Backup[] }>();
    for (const [category, wrong] of Object.entries({
      server: { skipped: 5 },
      nginx: { skipped: [null] },
    })) {
      const path = result.backups.find((one) => one.category === category)?.metadataPath ?? '';
      const sidecar = JSON.parse(readFileSync(path, 'utf8')) as object;
      writeFileSync(path, JSON.stringify({ ...sidecar, ...wrong }));
    }
    const listed = await site.run(['backup', 'list', '--json']);
    assert.equal(listed.code, 0, listed.stdout);
    assert.equal(listed.json<{ backups: Backup[] }>().result.backups.length, 3);
    const verified = await site.run(['backup', 'verify', '--json']);
    assert.equal(verified.code, 6, verified.stdout);
    assert.deepEqual(statuses(verified), { server: 'FAIL', nginx: 'FAIL', images: 'PASS' });
    const restored = await site.run(['backup', 'restore', 'server', '--in-place', '--json']);
    assert.equal(restored.code, 2, restored.stdout);
    assert.match(restored.json().error.message, /damaged sidecar/);
  });

  it('fails what it may not read and checks the others; exits 5 when it may read none', {
    skip: isRoot ? false : 'needs root to become nobody',
  }, async (t) => {
    const site = demo(t);
    for (const category of ['server', 'nginx', 'images'])
      await site.run(['backup', 'run', category, '--quiet']);
    const { result } = (await site.run(['backup', 'list', '--json'])).json<{ backups: Backup[] }>();
    const made = (category: string) => {
      const backup = result.backups.find((one) => one.category === category);
      assert.ok(backup);
      return backup;
    };
    await exec('chmod', ['-R', 'a+rwX', join(site.root, '..')]);
    chmodSync(made('server').path, 0o600);
    chmodSync(made('nginx').metadataPath, 0o600);
    const nobody = { uid: 65534, gid: 65534 };
    const some = await site.run(['backup', 'verify', '--json'], nobody);
    assert.equal(some.code, 6, some.stdout + some.stderr);
    assert.deepEqual(statuses(some), { server: 'FAIL', nginx: 'FAIL', images: 'PASS' });
    assert.match(some.stdout, /Cannot read its sidecar [^"]*nginx-[^"]*: permission denied/);
    const none = await site.run(['backup', 'verify', 'server', '--json'], nobody);
    assert.equal(none.code, 5, none.stdout);
    assert.equal(none.json().error.code, 'E_PERMISSION');
    assert.deepEqual(statuses(none), { server: 'FAIL' });
    chmodSync(join(site.state, 'server'), 0o700);
    const closed = await site.run(['backup', 'verify', '--json'], nobody);
    assert.equal(closed.code, 6, closed.stdout);
    assert.deepEqual(statuses(closed), { nginx: 'FAIL', images: 'PASS' });
    assert.equal((await site.run(['backup', 'verify', 'server'], nobody)).code, 5);
    const listed = await site.run(['backup', 'list', '--json'], nobody);
    assert.equal(listed.code, 7, listed.stdout);
    assert.equal(listed.json<{ backups: Backup[] }>().result.backups.length, 2);
    assert.match(listed.json().warnings.join(), /permission denied/);
    assert.equal((await site.run(['backup', 'list', 'server'], nobody)).code, 5);
  });

  it('exits 6 when there is nothing to verify', async (t) => {
    assert.equal((await demo(t).run(['backup', 'verify'])).code, 6);
  });
});

describe('backup prune', () => {
  it('asks, deletes by policy, and keeps the newest that proves good', async (t) => {
    const site = demo(t);
    const paths: string[] = [];
    await site.run(['backup', 'run', 'nginx', '--quiet']);
    const { result } = (await site.run(['backup', 'list', '--json'])).json<{ backups: Backup[] }>();
    const [made] = result.backups;
    assert.ok(made);
    for (const day of ['01', '02', '03']) {
      const path = join(site.state, `nginx/nginx-2026-01-${day}_0300.tar.gz`);
      copyFileSync(made.path, path);
      copyFileSync(made.metadataPath, path.replace('.tar.gz', '.json'));
      paths.push(path);
    }
    // The two newest are damaged: the third is the newest good one, and has to stay.
    truncateSync(made.path, 50);
    truncateSync(paths[2] ?? '', 50);
    const argv = ['backup', 'prune', 'nginx', '--older-than', '0d'];
    const unasked = await site.run([...argv, '--json']);
    assert.equal(unasked.code, 3);
    assert.equal(existsSync(paths[0] ?? ''), true);
    assert.equal((await site.run([...argv, '--confirm', 'yes'])).code, 3);
    const pruned = await site.run([...argv, '--confirm', 'YES APPLY', '--json']);
    assert.equal(pruned.code, 0, pruned.stdout);
    assert.equal(existsSync(paths[1] ?? ''), true);
    assert.equal(existsSync(paths[0] ?? ''), false);
    assert.equal(existsSync((paths[0] ?? '').replace('.tar.gz', '.json')), false);
  });

  it('deletes nothing of a category in which nothing proves good', async (t) => {
    const site = demo(t);
    await site.run(['backup', 'run', 'nginx', '--quiet']);
    const { result } = (await site.run(['backup', 'list', '--json'])).json<{ backups: Backup[] }>();
    truncateSync(result.backups[0]?.path ?? '', 50);
    utimesSync(result.backups[0]?.path ?? '', 1, 1);
    const pruned = await site.run([
      'backup',
      'prune',
      '--older-than',
      '0d',
      '--confirm',
      'YES APPLY',
      '--json',
    ]);
    assert.equal(pruned.code, 0, pruned.stdout);
    assert.equal(existsSync(result.backups[0]?.path ?? ''), true);
    assert.match(pruned.json().warnings.join(' '), /No backup of nginx proves good/);
  });
});

describe('backup restore', () => {
  it('refuses what is not there, what is not empty and what has changed', async (t) => {
    const site = demo(t);
    assert.equal((await site.run(['backup', 'restore', 'server', '--to', 'x'])).code, 5);
    assert.equal((await site.run(['backup', 'restore', 'nosuch.tar.gz', '--to', 'x'])).code, 5);
    assert.equal((await site.run(['backup', 'restore', 'server'])).code, 2);
    await site.run(['backup', 'run', 'server', '--quiet']);
    assert.equal((await site.run(['backup', 'restore', 'server', '--to', site.root])).code, 2);
    const { result } = (await site.run(['backup', 'list', '--json'])).json<{ backups: Backup[] }>();
    const path = result.backups[0]?.path ?? '';
    const bytes = readFileSync(path);
    bytes[12] = (bytes[12] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const target = join(site.root, '../restored');
    const restored = await site.run(['backup', 'restore', path, '--to', target, '--json']);
    assert.equal(restored.code, 1);
    assert.equal(restored.json().error.code, 'E_CHECKSUM');
    assert.equal(existsSync(target), false);
  });

  it('fails rather than take an older one when the newest of a category is damaged', async (t) => {
    const site = demo(t);
    await site.run(['backup', 'run', 'server', '--quiet']);
    await site.run(['backup', 'run', 'server', '--quiet']);
    const { result } = (await site.run(['backup', 'list', '--json'])).json<{ backups: Backup[] }>();
    const [newest, older] = result.backups;
    assert.ok(newest && older);
    truncateSync(newest.path, 50);
    const target = join(site.root, '../restored');
    const restored = await site.run(['backup', 'restore', 'server', '--to', target, '--json']);
    assert.equal(restored.code, 1, restored.stdout);
    const { code, message, suggestions } = restored.json().error;
    assert.equal(code, 'E_CHECKSUM');
    assert.ok(message.includes(newest.path), message);
    assert.ok(suggestions.join().includes(`om-ops backup restore ${older.path} --to`));
    assert.equal(existsSync(target), false);
  });

  it('brings a whole site back, byte for byte', async (t) => {
    const site = demo(t);
    await site.run(['backup', 'run', 'images', '--quiet']);
    const target = join(site.root, '../restored');
    assert.equal((await site.run(['backup', 'restore', 'images', '--to', target])).code, 0);
    await exec('diff', ['-r', join(site.root, 'front-end/public/images'), target]);
  });

  it('brings a closed folder back closed', async (t) => {
    const site = demo(t);
    const source = join(site.root, 'server');
    chmodSync(source, 0o2750);
    if (isRoot) chownSync(source, 33, 33);
    await site.run(['backup', 'run', 'server', '--quiet']);
    const target = join(site.root, '../restored');
    assert.equal((await site.run(['backup', 'verify', 'server', '--quiet'])).code, 0);
    assert.equal((await site.run(['backup', 'restore', 'server', '--to', target])).code, 0);
    const { mode, uid, gid } = statSync(source);
    const restored = statSync(target);
    assert.deepEqual([restored.mode, restored.uid, restored.gid], [mode, uid, gid]);
  });

  it('refuses empty values, and says where a folder that is gone can go', async (t) => {
    const site = demo(t);
    await site.run(['backup', 'run', 'server', '--quiet']);
    for (const flags of [
      ['--to', ''],
      ['--to', 'x', '--only', ''],
      ['--to', 'x', '--only', 'src', '--only='],
    ]) {
      const refused = await site.run(['backup', 'restore', 'server', ...flags, '--json']);
      assert.deepEqual([refused.code, refused.json().error.code], [2, 'E_USAGE'], refused.stdout);
      assert.match(refused.json().error.message, /is empty/);
    }
    const source = join(site.root, 'server');
    rmSync(source, { recursive: true });
    const gone = ['backup', 'restore', 'server', '--in-place', '--confirm', 'YES APPLY'];
    const { error } = (await site.run([...gone, '--json'])).json();
    assert.equal(error.code, 'E_NOT_FOUND');
    assert.match(error.suggestions.join(), new RegExp(`--to ${source}$`));
    assert.equal((await site.run(['backup', 'restore', 'server', '--to', source])).code, 0);
  });

  it('interrupted in place, says how far it came, and a second run finishes', async (t) => {
    const site = demo(t);
    const folder = join(site.root, 'server/many');
    mkdirSync(folder);
    const total = 20_000;
    for (let n = 0; n < total; n += 1) writeFileSync(join(folder, String(n)), `${n}`.repeat(500));
    await site.run(['backup', 'run', 'server', '--quiet']);
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    const argv = ['backup', 'restore', 'server', '--in-place', '--confirm', 'YES APPLY', '--json'];
    let pid = 0;
    const running = site.run([...argv, '--only', 'many'], {
      onStart: (started) => {
        pid = started;
      },
    });
    await waitFor('the first files', () => readdirSync(folder).length > 10);
    process.kill(pid, 'SIGINT');
    const stopped = await running;
    assert.equal(stopped.code, 130, stopped.stdout);
    const { error, result } = stopped.json();
    const restored = readdirSync(folder).length;
    assert.equal(error.code, 'E_INTERRUPTED');
    assert.match(
      error.message,
      new RegExp(
        `^Interrupted; ${restored} of ${total} names were replaced or made, .*run it again`,
      ),
    );
    const { partial } = result as unknown as { partial: Record<string, number> };
    assert.deepEqual(
      [partial.names, partial.totalNames, partial.files],
      [restored, total, restored],
    );
    assert.equal((await site.run(argv)).code, 0);
    assert.equal(readdirSync(folder).length, total);
  });

  it('restores a database that answers as the original did', async (t) => {
    const site = demo(t);
    await site.run(['backup', 'run', 'database', '--quiet']);
    const target = join(site.root, '../restored');
    assert.equal((await site.run(['backup', 'restore', 'database', '--to', target])).code, 0);
    const { DatabaseSync } = await import('node:sqlite');
    const { stdout } = await exec('gunzip', ['-c', join(target, 'app.sql.gz')]);
    const fresh = new DatabaseSync(join(target, 'fresh.db'));
    fresh.exec(stdout);
    const original = new DatabaseSync(join(site.root, 'server/data/app.db'), { readOnly: true });
    const all =
      'SELECT * FROM record JOIN parish ON parish.id = record.parish_id ORDER BY record.id';
    assert.deepEqual(fresh.prepare(all).all(), original.prepare(all).all());
    fresh.close();
    original.close();
  });
});
