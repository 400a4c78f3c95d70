import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { crc32, deflateSync } from 'node:zlib';

/** A small web application in production, as om-ops meets them. */
export interface DemoSite {
  root: string;
  state: string;
  /** The site profile. */
  profile: string;
  /** Values that must turn up nowhere but in the env file. */
  secrets: string[];
}

function put(path: string, content: string | Uint8Array, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode });
  chmodSync(path, mode);
}

/** A PNG with a soft gradient and some grain, so that it compresses as photographs do: badly. */
function png(width: number, height: number, seed: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const head = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const out = Buffer.alloc(head.length + 8);
    out.writeUInt32BE(data.length, 0);
    head.copy(out, 4);
    out.writeUInt32BE(crc32(head), head.length + 4);
    return out;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const pixels = Buffer.alloc(height * (width * 3 + 1));
  let random = seed;
  let at = 0;
  for (let y = 0; y < height; y++) {
    pixels[at++] = 0;
    for (let x = 0; x < width; x++) {
      random = (random * 1103515245 + 12345) & 0x7fffffff;
      const grain = random % 24;
      pixels[at++] = Math.min(255, (x * 200) / width + grain);
      pixels[at++] = Math.min(255, (y * 200) / height + grain);
      pixels[at++] = Math.min(255, ((seed * 37) % 200) + grain);
    }
  }
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function makeDatabase(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE parish (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT);
    CREATE TABLE record (id INTEGER PRIMARY KEY, parish_id INTEGER REFERENCES parish(id), kind TEXT, given TEXT, year INTEGER);
    CREATE INDEX record_by_year ON record(year);
  `);
  const parish = database.prepare('INSERT INTO parish (name, city) VALUES (?, ?)');
  const record = database.prepare(
    'INSERT INTO record (parish_id, kind, given, year) VALUES (?, ?, ?, ?)',
  );
  const cities = ['Kyiv', 'Thessaloniki', 'Pittsburgh', 'Chișinău', 'Београд'];
  database.exec('BEGIN');
  for (const [index, city] of cities.entries()) parish.run(`St. Nicholas ${index + 1}`, city);
  for (let index = 0; index < 5000; index++) {
    record.run(
      (index % cities.length) + 1,
      ['baptism', 'marriage', 'funeral'][index % 3] ?? '',
      `Name ${index} О'Нил`,
      1890 + (index % 130),
    );
  }
  database.exec('COMMIT');
  database.close();
}

const routes = ['records', 'parishes', 'users', 'uploads', 'search', 'reports'];

function makeBackend(server: string): void {
  put(
    join(server, 'package.json'),
    '{"name": "demo-backend", "version": "2.4.1", "scripts": {"build": "node build.js"}}\n',
  );
  put(
    join(server, 'src/index.js'),
    "import { createServer } from 'node:http';\n\ncreateServer((request, response) => response.end('ok')).listen(process.env.PORT);\n",
  );
  for (const route of routes) {
    put(
      join(server, `src/routes/${route}.js`),
      `// ${route}\nexport function ${route}(request, response) {\n  response.json({ route: '${route}' });\n}\n`.repeat(
        12,
      ),
    );
  }
  put(join(server, 'dist/index.js'), '// built\n');
  put(
    join(server, 'distribution/notes.md'),
    '# Where the releases go\n\nNot build output: a folder whose name only begins like one.\n',
  );
  put(join(server, 'logs/backend.log'), '2026-01-22 10:00:01 listening\n'.repeat(400));
  for (let index = 0; index < 60; index++) {
    put(
      join(server, `node_modules/package-${index}/index.js`),
      `module.exports = ${index};\n`.repeat(200),
    );
  }
}

function makeFrontEnd(frontEnd: string): void {
  put(join(frontEnd, 'package.json'), '{"name": "demo-front-end", "version": "2.4.1"}\n');
  for (const page of ['Home', 'Records', 'Search', 'Upload', 'Login']) {
    put(
      join(frontEnd, `src/pages/${page}.jsx`),
      `export function ${page}() {\n  return <main>${page}</main>;\n}\n`.repeat(20),
    );
  }
  for (let index = 1; index <= 12; index++) {
    put(join(frontEnd, `public/images/gallery/icon-${index}.png`), png(320, 240, index * 7));
  }
  put(join(frontEnd, 'public/images/logo copy.png'), png(64, 64, 3));
  put(join(frontEnd, 'public/images/logo.png'), png(64, 64, 3));
  put(join(frontEnd, 'dist/assets/app.js'), 'console.log("built");\n'.repeat(3000));
}

function makeNginx(nginx: string): void {
  put(join(nginx, 'nginx.conf'), 'events {}\nhttp {\n  include sites-enabled/*;\n}\n');
  put(
    join(nginx, 'sites-available/demo.example'),
    'server {\n  server_name demo.example;\n  location /api/ {\n    proxy_pass http://127.0.0.1:3001;\n  }\n}\n',
  );
  mkdirSync(join(nginx, 'sites-enabled'), { recursive: true });
  symlinkSync(
    join(nginx, 'sites-available/demo.example'),
    join(nginx, 'sites-enabled/demo.example'),
  );
}

/**
 * Makes a demo site in a folder: a backend with a SQLite database, a front end with images, an nginx
 * configuration, env files with secrets, and a profile that knows them.
 *
 * @param folder exists and is empty
 */
export function makeDemoSite(folder: string): DemoSite {
  const root = join(folder, 'prod');
  const state = join(folder, 'backups');
  const secrets = [
    'correct-horse-battery-staple',
    'eyJhbGciOiJIUzI1NiJ9.demo',
    'sk_live_51Demo9fQ2',
  ];
  makeBackend(join(root, 'server'));
  makeFrontEnd(join(root, 'front-end'));
  makeDatabase(join(root, 'server/data/app.db'));
  put(
    join(root, 'server/.env.production'),
    `# The demo's settings\nNODE_ENV=production\nPORT=3001\nDB_PASSWORD="${secrets[0]}"\nexport JWT_SECRET=${secrets[1]}\nSTRIPE_API_KEY='${secrets[2]}'  # live\n`,
    0o600,
  );
  put(
    join(root, 'ecosystem.config.js'),
    "module.exports = {\n  apps: [{ name: 'demo-backend', script: 'dist/index.js', cwd: 'server', env: { NODE_ENV: 'production' } }],\n};\n",
  );
  put(join(root, 'README.md'), '# Demo\n\nA small site to try om-ops on.\n');
  makeNginx(join(folder, 'nginx'));
  const old = new Date(Date.now() - 400 * 86_400_000);
  put(join(root, 'front-end/public/docs/old-guide.txt'), 'An old guide.\n'.repeat(500));
  utimesSync(join(root, 'front-end/public/docs/old-guide.txt'), old, old);
  const profile = join(folder, 'om-ops.yaml');
  put(
    profile,
    `# The demo's site profile.\nsite: demo\nroot: ${root}\nstate: ${state}\nenvFiles: [server/.env.production]\nbackup:\n  categories:\n    nginx: {source: ${join(folder, 'nginx')}, include: [nginx.conf, sites-available, sites-enabled]}\ndatabase:\n  engine: sqlite\n  files: [server/data/app.db]\n`,
  );
  return { root, state, profile, secrets };
}
