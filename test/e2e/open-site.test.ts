import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { exec } from '@om-ops/kit';
import { checkout, ownHome } from '@om-ops/test-support/om-ops';
import { installPacked } from '@om-ops/test-support/packed';
import { temporaryFolder } from '@om-ops/test-support/temp';

/** A program of somebody who has installed om-ops, in TypeScript. */
const consumer = `
import { type Answer, openSite } from 'om-ops';

const site = await openSite({ profile: process.argv[2] });
const said: Record<string, unknown> = { name: site.name, state: site.state };

const none = await site.health();
said.unwatched = [none.level, none.at, await site.alerts(), await site.metrics('cpu')];

const backup = await site.run('backup:run', { args: ['config'], flags: { quiet: true } });
said.backup = [backup.exit, backup.ok, backup.ok ? backup.result.backups.map(({ category }) => category) : []];

const dry = await site.run('roadmap:add', { flags: { title: '- Release 2', 'dry-run': true } });
said.dry = [dry.exit, dry.ok && dry.result.dryRun, dry.ok && dry.result.milestone.title];

const looked = await site.run('health:check', { flags: { record: false, timeout: '2s' } });
const level: string | undefined = looked.result?.level;
said.looked = [looked.exit, level !== undefined, looked.ok ? looked.result.recorded : looked.result?.recorded];
said.notKept = (await site.health()).at;
await site.run('health:check', { flags: { timeout: '2s' } });
const health = await site.health();
const series = await site.metrics('memory', { since: new Date(Date.now() - 60_000), points: 6 });
said.watched = [Array.isArray(await site.alerts()), series?.length, series?.some(({ max }) => max !== null && max > 0)];
said.health = [health.level === looked.result?.level, health.stale, typeof health.ageMs];

const refused: Answer<unknown> = await site.run('roadmap:remove', { args: ['none'], flags: { confirm: 'no' } });
said.refused = refused.ok ? 'ok' : [refused.exit, refused.error.exit, refused.error.code];
const wrong = await site.run('log:show', { flags: { lines: 'many' } });
said.wrong = wrong.ok ? 'ok' : [wrong.exit, wrong.error.code];
const stopped = new AbortController();
stopped.abort();
const ended = await site.run('backup:verify', { signal: stopped.signal });
said.ended = ended.ok ? 'ok' : [ended.exit, ended.error.code];
console.log(JSON.stringify(said));
`;

/** What the types refuse, one a line. */
const mistakes = [
  "await site.run('backup:rnu');",
  "await site.run('backup:run', { flags: { al: true } });",
  "await site.run('changelog:start', { flags: { scope: 'everywhere' } });",
  "const answer = await site.run('config:path'); answer.result.file;",
  "const answer = await site.run('backup:run'); if (answer.ok) answer.result.backup;",
];

describe('openSite', () => {
  let app = '';
  const cleanUp: (() => void | Promise<void>)[] = [];

  after(async () => {
    for (const clean of cleanUp) await clean();
  });

  before(async () => {
    const folder = temporaryFolder({ after: (clean) => cleanUp.push(clean) });
    app = join(folder, 'app');
    await installPacked(app);
    mkdirSync(join(folder, 'site'));
    writeFileSync(
      join(folder, 'om-ops.yaml'),
      `site: shop\nroot: ${join(folder, 'site')}\nstate: ../state\n`,
    );
    writeFileSync(join(app, 'consumer.mts'), consumer);
    const head = "import { openSite } from 'om-ops';\nconst site = await openSite();\n";
    for (const [at, line] of mistakes.entries())
      writeFileSync(join(app, `mistake-${at}.mts`), `${head}${line}\nexport {};\n`);
    writeFileSync(
      join(app, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module: 'nodenext',
          target: 'es2024',
          strict: true,
          noEmit: true,
          types: ['node'],
          typeRoots: [join(checkout, 'node_modules/@types')],
        },
      }),
    );
  });

  it('is typed by the results and the flags of every command', async () => {
    const tsc = join(checkout, 'node_modules/typescript/bin/tsc');
    const { stdout } = await exec(process.execPath, [tsc, '-p', '.'], { cwd: app, accept: 'any' });
    const wrong = [...stdout.matchAll(/^(\S+?)\(\d+,\d+\): error/gm)].map((match) => match[1]);
    assert.deepEqual(
      [...new Set(wrong)].sort(),
      mistakes.map((_, at) => `mistake-${at}.mts`),
      stdout,
    );
  });

  it('runs commands, and gives their errors as values', async () => {
    const { stdout } = await exec(
      process.execPath,
      [join(app, 'consumer.mts'), join(app, '../om-ops.yaml')],
      { cwd: app, env: { HOME: ownHome() } },
    );
    const said = JSON.parse(stdout) as Record<string, unknown>;
    assert.equal(said.name, 'shop');
    assert.deepEqual(said.unwatched, ['unknown', null, null, null]);
    assert.deepEqual(said.backup, [0, true, ['config']]);
    assert.deepEqual(said.dry, [0, true, '- Release 2']);
    assert.equal((said.looked as unknown[])[1], true);
    assert.equal((said.looked as unknown[])[2], false);
    assert.equal(said.notKept, null);
    assert.deepEqual(said.health, [true, false, 'number']);
    assert.deepEqual(said.watched, [true, 6, true]);
    assert.equal((said.refused as unknown[])[0], (said.refused as unknown[])[1]);
    assert.deepEqual(said.wrong, [2, 'E_USAGE']);
    assert.deepEqual(said.ended, [130, 'E_INTERRUPTED']);
  });
});
