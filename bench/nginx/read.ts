// What reading nginx's configuration takes, against nginx-conf: the same files from the disk, interleaved.
// node bench/nginx/read.ts [FILES] [ROUNDS]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NginxConfFile } from 'nginx-conf';
import { readConfiguration } from '../../plugins/nginx/src/config/configuration.ts';
import { siteText } from '../../plugins/nginx/test/site.ts';

const files = Number(process.argv[2] ?? 1000);
const rounds = Number(process.argv[3] ?? 15);

/** Of some 1.3 KB, as the median of real ones, no two the same. */
const texts = Array.from({ length: files }, (_, at) => {
  const servers = 1 + (at % 3);
  return Array.from({ length: servers }, (_, number) =>
    siteText
      .replaceAll('PORT', String(1000 + at))
      .replaceAll('BACKEND', String(3000 + number))
      .replace('site.test', `site-${at}-${number}.test www.site-${at}.test`)
      .replace('# the site, é', `# ${'what somebody once wrote about it '.repeat(at % 5)}`),
  ).join('\n');
});

const folder = mkdtempSync(join(tmpdir(), 'om-ops-bench-'));
mkdirSync(join(folder, 'sites'));
const paths = texts.map((text, at) => {
  const path = join(folder, 'sites', `site-${at}`);
  writeFileSync(path, text);
  return path;
});
const conf = join(folder, 'nginx.conf');
writeFileSync(conf, 'events {}\nhttp { include sites/*; }\n');

function ours(): number {
  const started = performance.now();
  const { files: read } = readConfiguration(conf);
  if (read.length !== files + 1) throw new Error(`${read.length} files were read`);
  return performance.now() - started;
}

async function theirs(): Promise<number> {
  const started = performance.now();
  for (const path of paths)
    await new Promise<void>((resolve, reject) => {
      NginxConfFile.create(path, (error) => (error ? reject(error) : resolve()));
    });
  return performance.now() - started;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const own: number[] = [];
const other: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  own.push(ours());
  other.push(await theirs());
}
const bytes = texts.reduce((sum, { length }) => sum + length, 0);
console.log(`${files} files, ${(bytes / 1e6).toFixed(2)} MB, ${rounds} rounds`);
console.log(`om-ops      ${median(own).toFixed(1)} ms (the first ${own[0]?.toFixed(1)})`);
console.log(`nginx-conf  ${median(other).toFixed(1)} ms (the first ${other[0]?.toFixed(1)})`);
const first = (own[0] ?? 0) / (other[0] ?? 1);
console.log(
  `ratio       ${(median(own) / median(other)).toFixed(2)} (the first ${first.toFixed(2)}); target 0.3 at most`,
);
rmSync(folder, { recursive: true });
