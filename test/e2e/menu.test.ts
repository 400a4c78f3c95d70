import assert from 'node:assert/strict';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { PluginContribution } from '@om-ops/kit';
import { checkout, runOmOps } from '@om-ops/test-support/om-ops';
import { openScreen, type Screen, type ScreenOptions } from '@om-ops/test-support/screen';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';
import { lastLines } from '../../src/menu/again.ts';
import { watched } from '../../src/menu/heartbeat.ts';

const enter = '\r';
const esc = '\u001b';
const down = '\u001b[B';
const pageDown = '\u001b[6~';
const right = '\u001b[C';
const left = '\u001b[D';
const backspace = '\u007f';
const ctrlC = '\u0003';
const ctrlD = '\u0004';

interface Opened {
  screen: Screen;
  file: string;
  state: string;
}

function profile(t: CleansUp): { file: string; state: string } {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, '.env.production'), 'PORT=3001\n');
  const file = join(folder, 'om-ops.yaml');
  writeFileSync(
    file,
    `site: shop\nroot: ${folder}\nstate: state\npm2: {bin: pm2-that-is-not-there}\n`,
  );
  return { file, state: join(folder, 'state') };
}

function opened(t: CleansUp, options: ScreenOptions = {}, site = profile(t)): Opened {
  const screen = openScreen(t, ['menu', '--site', site.file], options);
  return { screen, ...site };
}

/** What is seen is never wider nor higher than the terminal, and the end of it is there. */
function fits(screen: Screen, columns: number, rows: number): void {
  const lines = screen.lines();
  assert.ok(lines.length <= rows, lines.join('\n'));
  for (const line of lines) assert.ok([...line].length <= columns, line);
}

describe('the menu', () => {
  it('opens by number, goes back with 0, Esc and ←, and leaves with 0', async (t) => {
    const { screen } = opened(t);
    await screen.sees(/nothing watches this site[\s\S]*11 Build/);
    screen.type('3');
    await screen.sees(/OM-Ops › Backups[\s\S]*8 Run ALL backups[\s\S]*9 Verify latest backups/);
    screen.type('0');
    await screen.sees(/❯ {2}3 Backups/);
    // It waits for a second digit, and the second digit chooses.
    screen.type('11');
    await screen.sees(/OM-Ops › Build/);
    screen.type(esc);
    await screen.sees(/❯ 11 Build/);
    // Without a second digit it is chosen after a while; the Enter of old habits opens nothing more.
    screen.type('1');
    await screen.sees(/OM-Ops › PM2 Operations/);
    // Meanwhile it stood there; for how long it was seen is nobody's to say.
    assert.match(screen.written(), /OM-Ops › 1_/);
    screen.type(left);
    await screen.sees(/❯ {2}1 PM2/);
    screen.type(`3${enter}`);
    await screen.sees(/OM-Ops › Backups/);
    screen.type('19');
    await screen.sees(/There is no 19 here\./);
    screen.type('0');
    await screen.sees(/❯ {2}3 Backups/);
    screen.type('0');
    assert.equal(await screen.ended, 0);
  });

  it('leaves silently with 130 at Ctrl-C, with 0 at Ctrl-D', async (t) => {
    const site = profile(t);
    for (const [key, code] of [
      [ctrlC, 130],
      [ctrlD, 0],
    ] as const) {
      const { screen } = opened(t, {}, site);
      await screen.sees(/❯ {2}1 PM2/);
      screen.type(`3${key}`);
      assert.equal(await screen.ended, code);
      assert.doesNotMatch(screen.written(), /Error|Interrupted|half-written|✔/);
      assert.match(screen.written(), /\u001b\[\?25h/);
    }
    // Ended from outside it puts the terminal back too.
    const { screen } = opened(t, {}, site);
    await screen.sees(/❯ {2}1 PM2/);
    screen.kill('SIGTERM');
    assert.equal(await screen.ended, 130);
    assert.match(screen.written(), /\u001b\[\?25h/);
  });

  it('says why an entry is dimmed, how things stand, and that an old check says nothing', async (t) => {
    const site = profile(t);
    await runOmOps(['changelog', 'start', '--title', 'Gallery to WebP', '--site', site.file]);
    await runOmOps(['backup', 'run', 'config', '--site', site.file]);
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const beat = (ageMs: number, bootId = boot, level = 'warning') => {
      mkdirSync(join(site.state, 'monitor'), { recursive: true });
      writeFileSync(
        join(site.state, 'monitor/heartbeat.json'),
        JSON.stringify({
          at: new Date(Date.now() - ageMs).toISOString(),
          everyMs: 30_000,
          bootId,
          durationMs: 12,
          level,
          counts: { healthy: 9, warning: 2, critical: 0, unknown: 0 },
        }),
      );
    };
    beat(41_000);
    const { screen } = opened(t, {}, site);
    await screen.sees(/^shop · 2 warnings · checked 4\d s ago\n/);
    await screen.sees(/newest backup \d.* · session “Gallery to WebP”, \d/);
    await screen.sees(/1 PM2 Operations +pm2-that-is-not-there is not installed/);
    await screen.sees(/5 Changelog +active, \d/);
    // It is looked up again while the menu stands open.
    beat(3_600_000);
    await screen.sees(/^shop · state unknown · last checked 1 h/);
    screen.type('0');
    assert.equal(await screen.ended, 0);
    const looked = () => watched(site.state, new Date());
    beat(1000, 'another boot', 'healthy');
    assert.equal(looked().level, 'unknown');
    assert.match(looked().text, /^state unknown since the machine started · last checked 1 s ago$/);
    beat(-60_000, boot, 'healthy');
    assert.match(looked().text, /dated in the future/);
    writeFileSync(join(site.state, 'monitor/heartbeat.json'), '{"at": ');
    assert.match(looked().text, /cannot be read/);
    beat(1000, boot, 'splendid');
    assert.match(looked().text, /cannot be read/);
    // What the monitor itself writes.
    await runOmOps(['health', 'check', '--timeout', '2s', '--site', site.file]);
    assert.match(looked().text, /(?:critical|warnings?|unknown|healthy) · checked \d s ago$/);
  });

  it('has each number once, and leaves those of the changelog to it', async () => {
    const files = globSync('plugins/*/src/plugin.ts', { cwd: checkout });
    const menus = await Promise.all(
      files.map(async (file) => {
        const { default: contribution } = (await import(join(checkout, file))) as {
          default: PluginContribution;
        };
        return contribution.menu;
      }),
    );
    const orders = menus.flatMap((menu) => menu?.order ?? []);
    assert.deepEqual(orders, [...new Set(orders)]);
    assert.equal(
      orders.some((order) => order >= 20 && order <= 26),
      false,
    );
    const old = menus.flatMap((menu) => menu?.items.flatMap(({ number }) => number ?? []) ?? []);
    assert.deepEqual(old.sort(), [20, 21, 22, 23, 24, 25, 26]);
  });

  it('runs again what this user has typed, without what was for that once', (t) => {
    const state = temporaryFolder(t);
    const line = (command: string, args: string, more = '') =>
      `2026-11-25T10:00:00.000+00:00 INFO  ${command} exit=0 seconds=1.0 user=ann pid=7${more} args=${JSON.stringify(args)}`;
    writeFileSync(
      join(state, 'om-ops.log'),
      [
        line('backup:run', 'prod'),
        line('roadmap:add', "--title 'Ann'\\''s milestone' --site /x.yaml"),
        line('backup:prune', "--keep-last 3 --confirm 'YES APPLY'"),
        line('backup:verify', '--json'),
        line('backup:list', '--quiet'),
        line('deploy:run', '', ' parent=schedule:tick@7'),
        line('uploads:fix', "--confirm='YES APPLY'", ' parent=menu@9'),
        line('changelog:add', '--text <REDACTED>'),
        line('changelog:show', "$'odd'"),
        '2026-11-25T10:00:00.000+00:00 WARN  backup:run warning="x"',
        line('backup:run', 'server').replace('user=ann', 'user=bob'),
        'no line of ours',
        '',
      ].join('\n'),
    );
    assert.deepEqual(lastLines(state, 5, 'ann'), [
      ['uploads', 'fix'],
      ['backup', 'prune', '--keep-last', '3'],
      ['roadmap', 'add', '--title', "Ann's milestone"],
      ['backup', 'run', 'prod'],
    ]);
    assert.deepEqual(lastLines(join(state, 'none'), 3, 'ann'), []);
  });

  it('finds commands of every level by their title and their command line', async (t) => {
    const { screen } = opened(t);
    await screen.sees(/❯ {2}1 PM2/);
    screen.type('prune');
    await screen.sees(/prune_ \(\d+\)[\s\S]*Delete old backups +Backups[\s\S]*Prune old sessions/);
    await screen.sees(/\$ om-ops backup prune .*\n⚠ asks for YES APPLY/);
    screen.type(' sess');
    await screen.sees(/prune sess_ \(1\)\n❯ +Prune old sessions +Changelog/);
    for (let count = 0; count < 20; count += 1) screen.type(backspace);
    await screen.sees(/❯ {2}1 PM2/);
    // Commands that stand in no entry too; digits belong to what is looked for.
    screen.type('pm2 status');
    await screen.sees(/pm2 status_ \(1\)/);
    screen.type(esc);
    await screen.sees(/❯ {2}1 PM2/);
    screen.type('doctor');
    await screen.sees(/\$ om-ops doctor .*\nreads only/);
    screen.type(esc);
    await screen.sees(/❯ {2}1 PM2/);
    // Its --confirm counts tries, and what it sees it keeps.
    screen.type('look at everything');
    await screen.sees(/\$ om-ops health check .*\nchanges something/);
    screen.type('zzz');
    await screen.sees(/Nothing has that in its title or command line\./);
    screen.type(esc);
    await screen.sees(/❯ {2}1 PM2/);
    screen.type('?');
    await screen.sees(/OM-Ops › help[\s\S]*Ctrl-C leaves with exit code 130/);
    screen.type('x');
    await screen.sees(/❯ {2}1 PM2/);
    screen.type(ctrlC);
    assert.equal(await screen.ended, 130);
  });

  it('runs to the result, offers what can be done with it, and keeps a script of it all', async (t) => {
    const site = profile(t);
    const { file, state } = site;
    await runOmOps(['roadmap', 'add', '--title', 'WebP', '--site', file]);
    const { screen } = opened(t, { columns: 100, rows: 40 }, site);
    await screen.sees(/❯ {2}1 PM2/);
    screen.type('5');
    await screen.sees(/OM-Ops › Changelog/);
    // In om-recovery's menu: list sessions.
    screen.type('23');
    await screen.sees(/OM-Ops › Changelog › List sessions[\s\S]*\$ om-ops changelog list/);
    screen.type(enter);
    await screen.sees(
      /^\$ om-ops changelog list --site \S+$[\s\S]*\nEnter back · r again · y copy/m,
    );
    // The menu has gone from above it.
    assert.doesNotMatch(screen.lines().join('\n'), /Append entry/);
    screen.type('y');
    await screen.sees(/if it lets programs do that:\nom-ops changelog list --site/);
    const copied = /\u001b\]52;c;([^\u0007]+)\u0007/.exec(screen.written())?.[1] ?? '';
    assert.equal(Buffer.from(copied, 'base64').toString(), `om-ops changelog list --site ${file}`);
    screen.type(enter);
    await screen.sees(/❯ +4 List sessions/);
    screen.type('0');
    await screen.sees(/❯ {2}5 Changelog/);
    // Not healthy: no upload folder is there.
    screen.type('10');
    await screen.sees(/OM-Ops › Uploads/);
    screen.type('1');
    await screen.sees(/e why \(exit 6\)/);
    screen.type('e');
    await screen.sees(/Exit 6\. It worked, and what it checked is not healthy\.\n.+\(E_/);
    screen.type(enter);
    await screen.sees(/❯ {2}1 Check directories/);
    screen.type('l');
    const shown = await screen.sees(/#!\/bin\/sh[\s\S]*\nEnter back/);
    assert.match(shown, /om-ops changelog list --site \S+ {2}# \d\d:\d\d, exit 0\n/);
    assert.match(shown, /om-ops uploads check --site \S+ {2}# \d\d:\d\d, exit 6\n/);
    screen.type(enter);
    await screen.sees(/OM-Ops › Uploads/);
    screen.type(`${esc}`);
    // What was run can be run again, the newest first; what ran stays in what has scrolled away.
    await screen.sees(/OM-Ops\n[^\n]*om-ops uploads check +again\n[^\n]*om-ops changelog list/);
    assert.match(screen.all(), /Exit 6\. It worked/);
    screen.type('0');
    assert.equal(await screen.ended, 0);
    assert.match(
      readFileSync(join(state, 'om-ops.log'), 'utf8'),
      /uploads:check .*parent=menu@\d+/,
    );
  });

  it('shows first what something guarded would do', async (t) => {
    const site = profile(t);
    for (let count = 0; count < 2; count += 1)
      await runOmOps(['backup', 'run', 'config', '--site', site.file]);
    const { screen } = opened(t, { columns: 100, rows: 40 }, site);
    await screen.sees(/❯ {2}1 PM2/);
    screen.type('delete old backups');
    await screen.sees(/❯ +Delete old backups/);
    screen.type(enter);
    await screen.sees(/❯ How many of the newest/);
    screen.type('1');
    await screen.sees(/\$ om-ops backup prune --keep-last 1 --site/);
    screen.type(enter);
    await screen.sees(/backup prune --keep-last 1 --dry-run[\s\S]*a apply \(asks for YES APPLY\)/);
    screen.type('a');
    await screen.sees(/Type YES APPLY to go on/);
    screen.type(`no${enter}`);
    await screen.sees(/E_UNCONFIRMED[\s\S]*e why \(exit 3\)/);
    assert.equal(
      (await runOmOps(['backup', 'list', '--json', '--site', site.file])).stdout.match(/"path"/g)
        ?.length,
      2,
    );
    screen.type('r');
    await screen.sees(/E_UNCONFIRMED[\s\S]*Type YES APPLY to go on/);
    screen.type(`YES APPLY${enter}`);
    await screen.sees(/Enter back · r again · d dry run · y copy command · l what ran$/);
    assert.equal(
      (await runOmOps(['backup', 'list', '--json', '--site', site.file])).stdout.match(/"path"/g)
        ?.length,
      1,
    );
    screen.type(ctrlC);
    assert.equal(await screen.ended, 130);
  });

  it('asks on one screen, keeps what was typed, and runs nothing without what is needed', async (t) => {
    const { screen, file } = opened(t);
    await screen.sees(/❯ {2}1 PM2/);
    // From the top, by its number of old.
    screen.type('21');
    await screen.sees(/OM-Ops › Changelog[\s\S]*No changelog session is active: start one first\./);
    screen.type('20');
    await screen.sees(/❯ Title/);
    screen.type(enter);
    await screen.sees(/Title: this is needed\. Nothing was done\./);
    // A paste is one line, whatever it holds, and no Enter.
    screen.type("\u001b[200~Gallery\nto 'WebP'\u001b[201~");
    await screen.sees(/Gallery to 'WebP'_/);
    screen.type(`\t\t${right}`);
    await screen.sees(/‹ server ›/);
    await screen.sees(/changelog start --title 'Gallery to '\\''WebP'\\''' --scope server/);
    screen.type(esc);
    await screen.sees(/❯ {2}1 Start new work session/);
    screen.type(enter);
    await screen.sees(/❯ Title/);
    screen.type(ctrlC);
    assert.equal(await screen.ended, 130);
    assert.equal(
      (await runOmOps(['changelog', 'list', '--site', file])).stdout.includes('WebP'),
      false,
    );
  });

  it('fits a terminal of 60 × 14, and says without colours all that it says with them', async (t) => {
    const { screen } = opened(t, { columns: 60, rows: 14, env: { NO_COLOR: '1' } });
    await screen.sees(/❯ {2}1 PM2[\s\S]*↓ \d|↓ \d[\s\S]*❯ {2}1 PM2/);
    await screen.sees(/is not installed/);
    fits(screen, 60, 14);
    assert.match(screen.lines()[0] ?? '', /^shop · nothing watches this site/);
    assert.match(screen.lines().at(-1) ?? '', /\? help$/);
    screen.type(pageDown);
    await screen.sees(/❯ {2}\d /);
    screen.type(pageDown + pageDown);
    await screen.sees(/❯ {2}0 Exit/);
    fits(screen, 60, 14);
    screen.type(down);
    await screen.sees(/❯ {2}1 PM2/);
    for (const keys of ['5', '?', 'x', '1']) screen.type(keys);
    await screen.sees(/❯ Title/);
    fits(screen, 60, 14);
    screen.type(ctrlC);
    assert.equal(await screen.ended, 130);
    // Nothing scrolled, and no colour was written.
    assert.doesNotMatch(screen.written(), /\u001b\[[0-9;]*[1-9][0-9;]*m/);
  });
});
