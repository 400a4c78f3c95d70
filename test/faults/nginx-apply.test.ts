import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { findProgram } from '@om-ops/kit';
import { runOmOps } from '@om-ops/test-support/om-ops';
import { waitFor } from '@om-ops/test-support/wait';
import { nginxSite, type Site } from '../../plugins/nginx/test/site.ts';
import { type Fault, type FaultyRun, runWithFault, whyNoShim } from './shim.ts';

// `nginx apply` with a fault at every step: afterwards the configuration is the old one or the new one, whole, the
// running nginx serves the one that the file holds, and what is said is so.

const argv = ['nginx', 'apply', '--json', '--confirm', 'YES APPLY'];

const cleaning: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleaning.splice(0).reverse()) await clean();
});

interface Trial {
  at: Site;
  before: string;
  wanted: string;
}

interface TrialOptions {
  /** More of the profile's section, behind a comma; FOLDER is put in. */
  section?: string;
  prepare?(at: Site): void;
}

/** A site, and what its file has to hold before and after. */
async function trial({ section = '', prepare }: TrialOptions = {}): Promise<Trial> {
  const at = await nginxSite({ after: (clean) => cleaning.push(clean) });
  const more = section.replaceAll('FOLDER', at.folder);
  writeFileSync(at.profile, at.read(at.profile).replace('serverName: site.test', `$&${more}`));
  prepare?.(at);
  const before = at.read();
  const { code, stdout } = await runOmOps(argv, environment(at));
  assert.equal(code, 0, stdout);
  const one = { at, before, wanted: at.read() };
  assert.notEqual(one.wanted, before);
  await again(one);
  return one;
}

const environment = ({ profile }: Site) => ({ env: { OM_OPS_SITE: profile } });

const serving = async (at: Site) => (await at.echo('/api/x')).httpVersion;

/** As it was before the trial. */
async function again({ at, before }: Trial): Promise<void> {
  rmSync(join(at.state, 'nginx'), { recursive: true, force: true });
  if (at.read() === before) return;
  writeFileSync(at.file, before);
  process.kill(at.daemon?.pid ?? 0, 'SIGHUP');
  await waitFor('the old configuration', async () => (await serving(at)) === '1.0');
}

/** What is wrong after it, as a sentence. */
async function wrong(
  { at, before, wanted }: Trial,
  { code, stdout, json }: Pick<FaultyRun, 'code' | 'stdout' | 'json'>,
) {
  const { ok, error, result } = json<{ outcome?: string; backup?: string | null }>();
  const now = at.read();
  assert.ok(
    now === before || now === wanted,
    `the file is neither the old nor the new one: ${now}`,
  );
  assert.deepEqual(readdirSync(join(at.folder, 'sites-enabled')), ['site']);
  assert.doesNotMatch(stdout, /E_INTERNAL/);
  assert.equal(ok, code === 0, stdout);
  const isNew = now === wanted;
  if (ok || error.code !== 'E_UNDO_FAILED')
    assert.equal(
      isNew,
      result?.outcome === 'applied',
      `${isNew ? 'the new' : 'the old'} file stands: ${stdout}`,
    );
  // A fault after it was done and proved: then it is done, and said to be.
  assert.equal(await serving(at), isNew ? '1.1' : '1.0', `nginx serves the other: ${stdout}`);
  if (ok) assert.equal(at.read(result.backup ?? ''), before);
  if (error?.code === 'E_UNDONE') assert.equal(result.outcome, 'undone');
  if (result?.outcome !== 'undone') return;
  const status = await runOmOps(['nginx', 'status', '--json'], environment(at));
  assert.equal(status.code, 0, `nginx is not well afterwards: ${status.stdout}`);
}

const noMount = process.getuid?.() === 0 ? false : 'needs root, to mount a small file system';

function onSmallDisk({ folder, file, read }: Site, place: string, kib: number): void {
  const at = join(folder, place);
  const text = read();
  const options = `size=${kib}k,mode=${place === 'state' ? '700' : '755'}`;
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', at]);
  cleaning.push(() => void execFileSync('umount', ['-l', at]));
  if (place === 'sites-enabled') writeFileSync(file, text);
}

function fill(folder: string, kib: number): void {
  const filling = join(folder, '.filling');
  assert.throws(() => writeFileSync(filling, 'x'.repeat(kib * 1024)), { code: 'ENOSPC' });
}

async function survives(
  one: Trial,
  faults: readonly { text: string; fault: Omit<Fault, 'below'> }[],
): Promise<void> {
  const found: string[] = [];
  for (const { text, fault } of faults) {
    const run = await runWithFault(argv, { below: one.at.folder, ...fault }, environment(one.at));
    try {
      assert.ok(
        run.calls.some(({ isHit }) => isHit),
        'the fault did not happen',
      );
      await wrong(one, run);
    } catch (error) {
      found.push(`${text}: ${(error as Error).message.slice(0, 700)}`);
    }
    await again(one);
  }
  assert.equal(found.length, 0, found.join('\n\n'));
}

describe('nginx apply, with a fault', () => {
  it('in every call on the disk, once and for good', { skip: whyNoShim ?? false }, async () => {
    const one = await trial();
    const { at } = one;
    const { calls } = await runWithFault(argv, { below: at.folder }, environment(at));
    await again(one);
    const own = calls.filter(({ path }) =>
      /\/sites-enabled|\/state\/nginx|locks\/nginx|om-ops\.log/.test(path),
    );
    const changing = own.filter(
      ({ name, path }) => name !== 'close' || /\.partial|\/state\/nginx/.test(path),
    );
    const site = changing.filter(({ path }) => path.includes('/sites-enabled'));
    assert.ok(site.length >= 6 && changing.length >= 20, JSON.stringify(calls));
    const error = { error: 'EIO' } as const;
    await survives(one, [
      ...changing.map(({ number, name, path }) => ({
        text: `EIO at ${name} ${path}`,
        fault: { at: number, act: error },
      })),
      ...site.map(({ number, name, path }) => ({
        text: `EIO from ${name} ${path}`,
        fault: { at: number, act: error, sticky: true },
      })),
      ...changing
        .filter((_, index) => index % 3 === 0)
        .map(({ number, name, path }) => ({
          text: `SIGTERM at ${name} ${path}`,
          fault: { at: number, act: 'signal' as const },
        })),
    ]);
  });

  it('in every program that it runs: one that fails, is killed, or hears SIGTERM meanwhile', async () => {
    // Both are the real ones but at one call, which stands in `at`: what to do instead.
    const wrapper = (folder: string, name: string) => `#!/bin/sh
echo >> ${folder}/calls
if [ "$(wc -l < ${folder}/calls)" = "$(cat ${folder}/at)" ]; then
  case "$(cat ${folder}/act)" in
    fail) echo '${name} does not want' >&2; exit 1 ;;
    die) kill -9 $$ ;;
    term) kill -TERM "$(ps -o ppid= -p $$)" ;;
  esac
fi
exec ${findProgram(name)} "$@"
`;
    const one = await trial({
      section:
        ', bin: FOLDER/bin/nginx, reload: [FOLDER/bin/nginx, -c, FOLDER/nginx.conf, -s, reload]',
      prepare: (at) => {
        for (const name of ['nginx', 'cp'])
          chmodSync(at.put(`bin/${name}`, wrapper(at.folder, name)), 0o755);
        at.put('at', '0');
        at.put('act', '');
      },
    });
    const { at } = one;
    const count = () => at.read(join(at.folder, 'calls')).length;
    const env = { ...environment(at).env, PATH: `${at.folder}/bin:${process.env.PATH}` };
    at.put('calls', '');
    assert.equal((await runOmOps(argv, { env })).code, 0);
    const usual = count();
    assert.ok(usual >= 5, String(usual));
    const found: string[] = [];
    for (const act of ['fail', 'die', 'term']) {
      at.put('act', act);
      for (let number = 1; number <= usual; number += 1) {
        await again(one);
        at.put('calls', '');
        at.put('at', String(number));
        const run = await runOmOps(argv, { env });
        at.put('at', '0');
        await wrong(one, run).catch((error: Error) =>
          found.push(`${act} at ${number}: ${error.message.slice(0, 700)}`),
        );
      }
    }
    assert.equal(found.length, 0, found.join('\n\n'));
  });

  it('of a disk that is full: of the site, and of STATE', { skip: noMount }, async () => {
    for (const [place, size] of [
      ['sites-enabled', 64],
      ['state', 128],
    ] as const) {
      const one = await trial({ prepare: (at) => onSmallDisk(at, place, size) });
      const { at } = one;
      fill(join(at.folder, place), size);
      const run = await runOmOps(argv, environment(at));
      rmSync(join(at.folder, place, '.filling'));
      assert.equal(run.code, 1, run.stdout);
      assert.match(run.json().error.message, /no space left/);
      await wrong(one, run);
    }
  });

  it('in the answer, on a disk that has become full meanwhile', { skip: noMount }, async () => {
    const one = await trial({ prepare: (at) => onSmallDisk(at, 'sites-enabled', 64) });
    const { at } = one;
    // It likes the old configuration better, and nobody can put a file beside the other any more.
    const backend = createServer((request, response) => {
      response.statusCode = 'x-real-ip' in request.headers ? 500 : 200;
      if (response.statusCode === 500) fill(join(at.folder, 'sites-enabled'), 64);
      response.end(JSON.stringify({ httpVersion: request.httpVersion }));
    });
    await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
    cleaning.push(() => void backend.close());
    const { port } = backend.address() as AddressInfo;
    const led = (text: string) => text.replaceAll(`:${at.backend.port}`, `:${port}`);
    Object.assign(one, { before: led(one.before), wanted: led(one.wanted) });
    writeFileSync(at.file, one.wanted);
    await again(one);
    const run = await runOmOps(argv, environment(at));
    assert.deepEqual([run.code, run.json().error.code], [1, 'E_UNDONE'], run.stdout);
    assert.match(run.json().error.message, /answered 200 before, and 500/);
    rmSync(join(at.folder, 'sites-enabled/.filling'));
    await wrong(one, run);
  });
});
