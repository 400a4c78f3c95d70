// The main job as a newcomer can follow it: back up, prove it, lose a file, get it back, and see who did what.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeDemoSite } from '@om-ops/test-support/demo-site';

const program = join(import.meta.dirname, '../bin/om-ops');
const folder = mkdtempSync(join(tmpdir(), 'om-ops-demo-'));
const site = makeDemoSite(folder);
const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

function tell(text: string): void {
  console.log(`\n${paint(36, `── ${text}`)}\n`);
}

function fail(message: string): never {
  console.error(`The demo failed: ${message}`);
  process.exit(1);
}

/** Runs om-ops as a user would and shows the command; ends the demo when it does not end as it should. */
function omOps(argv: readonly string[], expected = 0): void {
  console.log(
    paint(
      1,
      `$ om-ops ${argv.map((word) => (/[\s*"']/.test(word) ? `'${word}'` : word)).join(' ')}`,
    ),
  );
  const { status } = spawnSync(program, argv, {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, OM_OPS_SITE: site.profile },
  });
  if (status !== expected)
    fail(`\`om-ops ${argv.join(' ')}\` ended with ${status}, not ${expected}.`);
}

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

console.log(`A demo site was made in ${folder}:`);
console.log(
  'a backend with a SQLite database, a front end with images, an nginx configuration, env files with secrets.',
);

tell('What does om-ops know about this site?');
omOps(['config', 'validate']);
omOps(['doctor']);

tell('A work session: from here on, every step writes itself down.');
omOps([
  'changelog',
  'start',
  '--title',
  'First backup of the demo',
  '--tags',
  'demo,backup',
  '--scope',
  'prod',
]);

tell('What would a full backup do? Nothing is changed yet.');
omOps(['backup', 'run', '--all', '--dry-run']);

tell('Back up everything…');
omOps(['backup', 'run', '--all']);

tell('…and prove it: every archive is read to its end.');
omOps(['backup', 'verify']);

const lost = join(site.root, 'front-end/public/images/gallery/icon-7.png');
const before = sha256(lost);
rmSync(lost);
tell(
  'Somebody deletes a picture: front-end/public/images/gallery/icon-7.png is gone. Get it back.',
);
const restored = join(folder, 'restored');
omOps(['backup', 'restore', 'images', '--to', restored, '--only', 'gallery/icon-7.png']);
const found = join(restored, 'gallery/icon-7.png');
if (sha256(found) !== before) fail('the restored picture is not the one that was lost.');
mkdirSync(dirname(lost), { recursive: true });
copyFileSync(found, lost);
console.log('\nThe picture is back, byte for byte.');

tell('What fills the disk?');
omOps(['analysis', 'run', 'entire', '--path', site.root, '--dedupe-mode', 'full']);

tell('The session is closed; what happened stands in the changelog and in the log.');
omOps([
  'changelog',
  'add',
  '--type',
  'result',
  '--actor',
  'user',
  '--text',
  'The lost picture was restored from the backup.',
]);
omOps(['changelog', 'close', '--summary', 'Backed up, proven, restored', '--outcome', 'success']);
omOps(['changelog', 'show']);
omOps(['changelog', 'verify']);
omOps(['log', 'show']);
omOps(['changelog', 'report']);
omOps(['analysis', 'report']);

console.log(`
${paint(32, 'Done.')} What was made, and where:

  the site            ${site.root}
  its profile         ${site.profile}
  backups             ${site.state}/<category>/
  what was restored   ${restored}
  analysis page       ${site.state}/analysis/report.html
  changelog page      ${site.state}/changelog/report.html
  operations log      ${site.state}/om-ops.log

Go on with it:  ${join(import.meta.dirname, '../bin/om-ops')} menu --site ${site.profile}
Remove it:      rm -r ${folder}`);
