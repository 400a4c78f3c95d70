import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exec } from '@om-ops/kit';
import { demo } from '@om-ops/test-support/demo-run';
import { waitFor } from '@om-ops/test-support/wait';
import type { Backup } from './made-backup.ts';

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
      assert.deepEqual(existsSync(folder) ? readdirSync(folder) : [], []);
      assert.deepEqual(
        readdirSync(site.state, { recursive: true, encoding: 'utf8' }).filter((name) =>
          name.startsWith('locks/backup'),
        ),
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
    await exec('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', site.state]);
    try {
      const result = await site.run(['backup', 'run', 'images', '--json']);
      assert.equal(result.code, 1, result.stdout);
      assert.equal(result.json().error.code, 'E_DISK_FULL');
      assert.ok(result.json().error.suggestions.length > 0);
      const folder = join(site.state, 'images');
      assert.deepEqual(existsSync(folder) ? readdirSync(folder) : [], []);
    } finally {
      await exec('umount', [site.state]);
    }
  });
});
