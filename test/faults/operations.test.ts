import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runOmOps } from '@om-ops/test-support/om-ops';
import { temporaryFolder } from '@om-ops/test-support/temp';
import { type Injection, injectionsFor } from './injections.ts';
import { afterPreparing, makeSite, type Operation, operations, type Place } from './operations.ts';
import { type FaultyRun, plainName, runWithFault, whyNoShim } from './shim.ts';

// Every operation, with calls that fail, a disk that is full, a process that is killed or told to stop.
//   OM_OPS_FAULTS=full   every call, not a choice of them (some minutes)
//   OM_OPS_FAULTS=list   also names each fault as it is tried
const mode = process.env.OM_OPS_FAULTS ?? 'quick';
const atOnce = 2;
const skip = whyNoShim ?? false;
/** All of them take many minutes on a busy machine; else the time of every other test. */
const time = mode === 'full' ? { timeout: 3_600_000 } : {};

/** Faults that are known and not mended yet, by what is said of them. To be empty. */
const known: readonly { operation: RegExp; what: RegExp; why: string }[] = [];

const documented = new Set([0, 1, 2, 3, 4, 5, 6, 7, 130]);

let shared: { folder: string; profile: string } | undefined;
const cleaning: (() => void | Promise<void>)[] = [];
after(async () => {
  for (const clean of cleaning) await clean();
});

function site(): { folder: string; profile: string } {
  if (shared === undefined) {
    const folder = temporaryFolder({ after: (clean) => cleaning.push(clean) });
    shared = { folder, profile: makeSite(folder) };
  }
  return shared;
}

function placeIn(name: string): Place {
  const { folder, profile } = site();
  const base = join(folder, name.replaceAll(/\W+/g, '-'));
  const state = join(base, 'state');
  return { base, state, env: { OM_OPS_SITE: profile, OM_OPS_STATE: state, HOME: folder } };
}

function copyOf(template: Place, name: string): Place {
  const place = placeIn(name);
  execFileSync('cp', ['-a', template.base, place.base]);
  return place;
}

/** The names in STATE and beside it, without what differs from run to run. */
function namesAt(place: Place): Set<string> {
  return new Set(
    readdirSync(place.base, { recursive: true, encoding: 'utf8' }).map((name) =>
      plainName(name)
        .replace(/\d{4}-\d\d-\d\d(?:_\d{4,6})?(?:-\d+)?/g, 'DATE')
        .replace(/[0-9a-f]{8}__\d{6}__[a-z]+/g, 'SESSION'),
    ),
  );
}

for (const operation of operations) {
  test(`${operation.name}, with faults`, { skip, ...time }, async (context) => {
    const template = placeIn(`${operation.name} template`);
    mkdirSync(template.state, { recursive: true, mode: 0o700 });
    await operation.prepare(template);
    afterPreparing(template);

    const clean = copyOf(template, `${operation.name} clean`);
    const recorded = await faulty(operation, clean, {});
    assert.equal(recorded.code, 0, recorded.stdout + recorded.stderr);
    assert.ok(operation.look(clean, false).isWhole, 'a run without faults is not seen as whole');
    await again(operation, clean);
    const usual = namesAt(clean);

    const injections = injectionsFor(recorded.calls, mode === 'full');
    assert.ok(injections.length > 5);
    const found: string[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (;;) {
        const number = next++;
        const injection = injections[number];
        if (injection === undefined) return;
        const problem = await problemOf(operation, template, injection, number, usual);
        if (mode === 'list')
          console.error(`${operation.name}: ${injection.text}: ${problem ?? 'held'}`);
        if (problem !== undefined) found.push(`${injection.text}: ${problem}`);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    const isKnown = (text: string): boolean =>
      known.some((one) => one.operation.test(operation.name) && one.what.test(text));
    const unknown = found.filter((text) => !isKnown(text));
    context.diagnostic(`${injections.length} faults of ${recorded.calls.length} calls`);
    assert.equal(unknown.length, 0, `${unknown.length} did not hold:\n${unknown.join('\n')}`);
  });
}

/** What did not hold when this happened to the operation. */
async function problemOf(
  operation: Operation,
  template: Place,
  injection: Injection,
  number: number,
  usual: ReadonlySet<string>,
): Promise<string | undefined> {
  const place = copyOf(template, `${operation.name} ${number}`);
  try {
    const run = await faulty(operation, place, injection.fault);
    const wasKilled = injection.kind === 'kill' && run.calls.some(({ isHit }) => isHit);
    const { isWhole, done } = operation.look(place, wasKilled);
    if (wasKilled) assert.equal(run.code, null, 'it lived on');
    else assertSaid(run, isWhole, done);
    await again(operation, place);
    operation.look(place, false);
    const left = [...namesAt(place)].filter((name) => !usual.has(name));
    assert.deepEqual(left, [], 'names are left that a history without faults does not have');
    return undefined;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).slice(0, 1_500);
  } finally {
    rmSync(place.base, { recursive: true, force: true });
  }
}

/** The envelope is one, it and the exit code agree, and both are so. */
function assertSaid(run: FaultyRun, isWhole: boolean, done: readonly string[]): void {
  const { code, stdout, stderr } = run;
  assert.ok(code !== null && documented.has(code), `exit code ${code}: ${stderr.slice(-300)}`);
  const envelope = run.json();
  assert.equal(envelope.ok, code === 0 || code === 7, `${code}: ${stdout}`);
  if (!envelope.ok) assert.equal(envelope.error.exit, code);
  assert.ok(!stdout.includes('E_INTERNAL'), stdout);
  assert.doesNotMatch(stderr, /\n\s+at .*:\d+:\d+\)?/);
  if (code === 0) assert.ok(isWhole, `exit 0, and it is not whole: ${stdout}`);
  if (envelope.ok) return;
  const result = JSON.stringify(envelope.result ?? null);
  const { message } = envelope.error;
  for (const name of done) {
    const isNamed =
      result.includes(name) ||
      (message.includes(name) && /all the same|closed before/.test(message));
    assert.ok(isNamed, `${name} is done and not named: ${stdout}`);
  }
}

function faulty(
  operation: Operation,
  place: Place,
  fault: Injection['fault'] | Record<string, never>,
): Promise<FaultyRun> {
  return runWithFault(
    [...operation.argv(place), '--json'],
    { below: place.base, ...fault },
    { cwd: place.base, env: place.env },
  );
}

async function again(operation: Operation, place: Place): Promise<void> {
  const { code, stdout, stderr } = await runOmOps([...operation.again(place), '--json'], {
    cwd: place.base,
    env: place.env,
  });
  assert.equal(code, 0, `the run after it: ${stdout}${stderr.slice(-500)}`);
  assert.ok(existsSync(place.state));
}
