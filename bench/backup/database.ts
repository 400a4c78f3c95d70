// Backups of a MariaDB database against `mariadb-dump | pigz` and `| gzip`, interleaved, same server, same options.
//
//   node bench/backup/database.ts [--mb 150] [--runs 3]
//
// Ours is the whole backup in a process of its own: start of Node, questions to the server, dump,
// checks, packing. Exits 1 when a target of the issue is missed.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type MariaDbServer, startMariaDb } from '@om-ops/test-support/mariadb';

const { values: flags } = parseArgs({
  options: {
    mb: { type: 'string', default: '150' },
    runs: { type: 'string', default: '3' },
    dist: { type: 'string', default: join(import.meta.dirname, '../../plugins/backup/dist') },
  },
});
const { dist } = flags;
if (!existsSync(join(dist, 'database/archive.js')))
  throw new Error('Build first: node scripts/build.mjs');

const words =
  'the parish record of baptism was entered by father in year with names of parents and sponsors from village near river church holy saint george nicholas maria anna theodore died married born daughter son widow priest deacon archive page volume illegible copied original verified amended note see also letter dated certificate issued requested by family'.split(
    ' ',
  );

/** A table of people as an application has it: numbers, dates, names, sentences, JSON, a few bytes. */
function writeRows(path: string, bytes: number): void {
  const file = openSync(path, 'wx', 0o644);
  let random = 42;
  const next = (below: number) => {
    random = (Math.imul(random, 1103515245) + 12345) >>> 0;
    return (random >>> 8) % below;
  };
  const text = (count: number) =>
    Array.from({ length: count }, () => words[next(words.length)]).join(' ');
  for (let id = 1, written = 0; written < bytes; ) {
    const rows: string[] = [];
    for (let row = 0; row < 500; row++, id++) {
      const year = 1850 + next(150);
      const hash = Array.from({ length: 4 }, () => next(2 ** 24).toString(16)).join('');
      rows.push(
        `${id}\t${text(2)}\t${text(1)}${next(100000)}@example.org\t${year}-0${1 + next(9)}-1${next(9)}\t${next(1e6)}.${next(99)}\t${text(30 + next(40))}\t{"page": ${next(900)}, "tags": ["${text(1)}", "${text(1)}"], "ok": true}\t${hash}\n`,
      );
    }
    written += writeSync(file, rows.join(''));
  }
  closeSync(file);
}

async function fill(server: MariaDbServer, folder: string): Promise<void> {
  const rows = join(folder, 'rows.tsv');
  writeRows(rows, Number(flags.mb) * 1e6);
  chmodSync(folder, 0o755);
  await server.sql(`CREATE DATABASE shop CHARACTER SET utf8mb4; USE shop;
    CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(60), mail VARCHAR(60), born DATE, fee DECIMAL(12,2), note TEXT, doc JSON, code VARCHAR(32));
    LOAD DATA INFILE '${rows}' INTO TABLE people;`);
  rmSync(rows);
}

interface Measure {
  seconds: number;
  bytes: number;
  rssMiB?: number;
}

function ours(server: MariaDbServer, folder: string, output: string): Measure {
  const plan = {
    engine: 'mysql',
    connection: { socket: server.socket, user: 'root' },
    databases: [{ name: 'shop', member: 'shop.sql.gz' }],
  };
  const script = `
    import { open } from 'node:fs/promises';
    const { writeDatabaseArchive } = await import(${JSON.stringify(join(dist, 'database/archive.js'))});
    const progress = { report() {}, warn() {}, signal: new AbortController().signal };
    const output = await open(${JSON.stringify(output)}, 'wx', 0o600);
    await writeDatabaseArchive(${JSON.stringify(plan)}, { output, progress, folder: ${JSON.stringify(folder)}, version: '0' });
    await output.close();
    console.log(process.resourceUsage().maxRSS);`;
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', script],
    {
      encoding: 'utf8',
    },
  );
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(stderr);
  return { seconds, bytes: statSync(output).size, rssMiB: Number(stdout) / 1024 };
}

function pipeline(server: MariaDbServer, compressor: string, output: string): Measure {
  const dump = `mariadb-dump --no-defaults --user=root --socket=${server.socket} --single-transaction --routines --triggers --events --default-character-set=utf8mb4 --hex-blob --no-tablespaces --max-allowed-packet=1G shop`;
  const start = performance.now();
  const { status, stderr } = spawnSync('sh', ['-c', `${dump} | ${compressor} > ${output}`], {
    encoding: 'utf8',
  });
  if (status !== 0 || stderr !== '') throw new Error(stderr);
  return { seconds: (performance.now() - start) / 1000, bytes: statSync(output).size };
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

const folder = mkdtempSync(join(tmpdir(), 'om-ops-bench-'));
await using server = await startMariaDb();
try {
  await fill(server, folder);
  const peers: Record<string, (output: string) => Measure> = {
    'om-ops': (output) => ours(server, folder, output),
    'mariadb-dump | pigz -6': (output) => pipeline(server, 'pigz -6', output),
    'mariadb-dump | gzip -6': (output) => pipeline(server, 'gzip -6', output),
  };
  const measures = new Map<string, Measure[]>(Object.keys(peers).map((name) => [name, []]));
  for (let run = 0; run < Number(flags.runs); run++) {
    for (const [name, peer] of Object.entries(peers)) {
      const output = join(folder, 'output.gz');
      measures.get(name)?.push(peer(output));
      rmSync(output);
    }
  }
  const seconds = (name: string) =>
    median(measures.get(name)?.map((measure) => measure.seconds) ?? []);
  console.table(
    Object.fromEntries(
      [...measures].map(([name, all]) => [
        name,
        {
          'wall s': seconds(name).toFixed(2),
          MB: ((all[0]?.bytes ?? 0) / 1e6).toFixed(1),
          'RSS MiB':
            all[0]?.rssMiB === undefined
              ? ''
              : Math.max(...all.map(({ rssMiB = 0 }) => rssMiB)).toFixed(0),
          'ours/theirs': (seconds('om-ops') / seconds(name)).toFixed(2),
        },
      ]),
    ),
  );
  const ratio = seconds('om-ops') / seconds('mariadb-dump | pigz -6');
  if (ratio > 1.1) {
    console.log(`MISSED time ${ratio.toFixed(2)} > 1.1 × mariadb-dump | pigz -6`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
