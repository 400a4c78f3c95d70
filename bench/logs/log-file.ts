import { closeSync, openSync, writeSync } from 'node:fs';

/** Same numbers every time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const failures = [
  (n: string) => `connection to 10.0.0.${n.charCodeAt(0)} timed out after ${n.length}00 ms`,
  (n: string) => `could not write project ${n}: deadlock detected`,
  (n: string) => `user u${n}@example.org has no seat`,
  () => 'rate limit of notion exceeded',
  (n: string) => `task ${n} failed: ValueError`,
  (n: string) => `no space left for upload ${n}`,
];

/** A log of about so many bytes: 2 % errors, and a fifth of all lines says `no error found`. */
export function writeLog(path: string, bytes: number, kind: 'json' | 'text' | 'access'): number {
  const next = numbers(7);
  const hex = () =>
    Math.floor(next() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  const file = openSync(path, 'w');
  let written = 0;
  let lines = 0;
  let at = Date.parse('2026-11-18T00:00:00Z');
  const step = (7 * 86_400_000) / (bytes / 252);
  try {
    while (written < bytes) {
      const part: string[] = [];
      for (let count = 0; count < 4000; count += 1) {
        at += step;
        lines += 1;
        part.push(line(kind, new Date(at).toISOString(), next(), hex));
      }
      written += writeSync(file, `${part.join('\n')}\n`);
    }
  } finally {
    closeSync(file);
  }
  return lines;
}

function line(kind: string, time: string, chance: number, hex: () => string): string {
  const id = hex();
  const isError = chance < 0.02;
  const message = isError
    ? (failures[Math.floor(chance * 300)]?.(id) ?? '')
    : chance < 0.22
      ? `checked project ${id}, no error found`
      : `handled request ${id} in ${Math.floor(chance * 1000)} ms`;
  const request = `${hex()}-${hex().slice(0, 4)}-4${hex().slice(0, 3)}-a${hex().slice(0, 3)}-${hex()}${hex().slice(0, 4)}`;
  if (kind === 'json')
    return `{"time":"${time}","level":"${isError ? 'error' : 'info'}","logger":"memory_sync.worker","message":"${message}","request_id":"${request}","user":"u${id}","path":"/api/projects/${id}","duration_ms":${Math.floor(chance * 1000)}}`;
  if (kind === 'text') {
    const head = `${time.slice(0, 10)} ${time.slice(11, 19)},${time.slice(20, 23)}`;
    const body = `${head} [${isError ? 'ERROR' : 'INFO'}] memory_sync.worker: ${message} (request ${request}, user u${id}, path /api/projects/${id})`;
    return isError && chance < 0.01
      ? `${body}\nTraceback (most recent call last):\n  File "/srv/app/worker.py", line ${Math.floor(chance * 1e5)}, in run\n    self.step(${id})\nValueError: ${message}`
      : body;
  }
  const status = isError ? 500 : chance < 0.05 ? 401 : 200;
  return `10.1.${Math.floor(chance * 250)}.7 - - [${time.slice(8, 10)}/Nov/2026:${time.slice(11, 19)} +0000] "GET /api/projects/${id}?page=2 HTTP/1.1" ${status} ${Math.floor(chance * 9000)} "-" "Mozilla/5.0 (X11; Linux x86_64)" ${(chance).toFixed(3)}`;
}
