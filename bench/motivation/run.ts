// What `motivation run` takes with a year of work: 1,000 sessions of 100 entries.
// node bench/motivation/run.ts [ROUNDS]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dayStamp } from '@om-ops/kit';
import { compare, program } from '../analysis/measure.ts';

const folder = mkdtempSync(join(tmpdir(), 'om-ops-motivation-'));
const dayMs = 86_400_000;

/** As the original tool wrote them. */
function writeSession(at: number): void {
  const started = new Date(Date.now() - (at / 1000) * 360 * dayMs);
  const id = at.toString(16).padStart(8, '0');
  const session = join(
    folder,
    'changelog/sessions',
    dayStamp(started),
    `${id}__090000__work-${at}`,
  );
  mkdirSync(session, { recursive: true });
  const head = { session_id: id, title: `Work ${at}`, status: 'CLOSED', entry_count: 100 };
  const times = { started_at: started.toISOString(), closed_at: started.toISOString() };
  writeFileSync(
    join(session, 'session.json'),
    JSON.stringify({
      ...head,
      ...times,
      tags: [],
      scope: 'server',
      summary: 'Done.',
      outcome: 'success',
    }),
  );
  const entry = {
    timestamp: started.toISOString(),
    actor: 'user',
    type: 'result',
    attachments: [],
  };
  const line = `${JSON.stringify({ ...entry, content: 'Something was seen. '.repeat(10) })}\n`;
  writeFileSync(join(session, 'entries.jsonl'), line.repeat(100));
}

try {
  for (let at = 0; at < 1000; at++) writeSession(at);
  const om = (...argv: string[]) =>
    program(
      'env',
      `OM_OPS_STATE=${folder}`,
      join(import.meta.dirname, '../../bin/om-ops'),
      ...argv,
    );
  compare(
    [
      { name: 'version (start-up)', run: () => om('version') },
      { name: 'changelog list', run: () => om('changelog', 'list', '--days', '400') },
      { name: 'motivation run', run: () => om('motivation', 'run', '--quiet') },
    ],
    Number(process.argv[2] ?? 5),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
