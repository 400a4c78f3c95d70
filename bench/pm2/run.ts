// What `pm2 status` costs beyond starting a command, and what `pm2 jlist` takes.
// node bench/pm2/run.ts [ROUNDS]
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare, program } from '../analysis/measure.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'om-ops-pm2-'));
const home = join(folder, '.pm2');
const bin = join(root, 'node_modules/.bin/pm2');
mkdirSync(join(folder, 'site'));
writeFileSync(join(folder, 'site/app.js'), 'setInterval(() => {}, 1000);\n');
const profile = join(folder, 'om-ops.yaml');
writeFileSync(
  profile,
  JSON.stringify({
    root: 'site',
    state: '../state',
    pm2: { app: 'demo', bin, home, boot: 'elsewhere' },
  }),
);
const env = { PATH: '/usr/bin:/bin', HOME: folder, PM2_HOME: home };
const pm2 = (...argv: string[]) => execFileSync(bin, argv, { env, stdio: 'ignore' });
const om = (...argv: string[]) =>
  program('env', `OM_OPS_SITE=${profile}`, join(root, 'bin/om-ops'), ...argv);
try {
  pm2('start', join(folder, 'site/app.js'), '--name', 'demo');
  pm2('save');
  const results = compare(
    [
      { name: 'config path (start-up)', run: () => om('config', 'path') },
      { name: 'pm2 env (start-up, profile, socket)', run: () => om('pm2', 'env') },
      { name: 'pm2 status', run: () => om('pm2', 'status') },
      {
        name: 'pm2 jlist',
        run: () =>
          program(
            'env',
            '-i',
            ...Object.entries(env).map((pair) => pair.join('=')),
            bin,
            'jlist',
            '-s',
          ),
      },
    ],
    Number(process.argv[2] ?? 15),
  );
  const [start, , status] = [...results.values()];
  const more = status!.median - start!.median;
  console.log(`start-up + ${more.toFixed(2)} s (at most 0.05) ${more <= 0.05 ? 'ok' : 'TOO SLOW'}`);
} finally {
  pm2('kill');
  rmSync(folder, { recursive: true, force: true });
}
