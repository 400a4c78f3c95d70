// Writes changelogs of any size straight to disk, chained as the store chains them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isoWithOffset } from '@om-ops/kit';
import { entryHash, genesisHash, type Session } from '@om-ops/kit/journal';

export interface SampleOptions {
  sessions: number;
  entriesPerSession: number;
  /** The newest session starts so long before this. */
  now?: Date;
  /** Session titles and texts that try to become markup. */
  hostile?: boolean;
  /** Instead of the usual ones. */
  tags?: string[];
  /** Texts of some 250 characters that differ, as real ones do, instead of the same few. */
  varied?: boolean;
  /** As the original tool wrote them: without hashes. */
  unchained?: boolean;
  /** Number of the first session, which its id and time are made of. */
  first?: number;
  /** Between the entries of a session; default: so that they take 35 minutes. */
  secondsApart?: number;
}

const hostileText = `</script><img src=x onerror="document.title='owned'"><b>bold</b> \u202Egpj.exe {{7*7}} <%= 1 %> &amp;`;
const titles = [
  'Stabilise record table configuration',
  'Import of parish registers',
  'Nginx: upload limit and timeouts',
  'Front end: calendar of feasts',
  'Rebuild after Node upgrade',
  'Certificates page, second attempt',
  'Slow search in baptism records',
];
const tags = [
  'records',
  'config',
  'uploads',
  'nginx',
  'front-end',
  'search',
  'migration',
  'bug',
  'urgent',
  'docs',
];
const scopes = ['server', 'front-end', 'prod', 'mixed'];
const scripts: [type: string, actor: string, content: string][] = [
  [
    'prompt',
    'user',
    'The record table forgets its column order after a reload.\nKeep the order per parish and user, and fall back to the default of the record type when there is none.',
  ],
  [
    'followup',
    'user',
    'Only the baptism table is still wrong. What about tables that were never configured?',
  ],
  [
    'decision',
    'assistant',
    'The order is kept in `record_table_config`, keyed by parish, type and user. Local storage was considered and dropped: operators change machines.',
  ],
  [
    'command',
    'system',
    'om-ops backup run server\nexit 0 after 12.4 s\ntouched: prod/prod-1.tar.gz, server/server-1.tar.gz, front-end/front-end-1.tar.gz, images/images-1.tar.gz, nginx/nginx-1.tar.gz, config/config-1.tar.gz, database/db-1.tar.gz',
  ],
  ['command', 'assistant', 'npm run build --workspace server && pm2 restart orthodox-backend'],
  [
    'result',
    'assistant',
    'Added validation of column ids against the table’s schema, a migration, and 14 tests. All 212 tests pass.',
  ],
  ['note', 'user', 'Ask Fr. Nicholas whether the marriage register needs the witnesses’ column.'],
  [
    'result',
    'system',
    `Traceback of the first try, for the record:\n${Array.from({ length: 30 }, (_, line) => `  at step ${line + 1} (server/src/records/table-config.js:${40 + line}:13)`).join('\n')}`,
  ],
];

/** @returns the ids of the sessions, newest first */
export function writeSampleState(state: string, options: SampleOptions): string[] {
  const {
    sessions,
    entriesPerSession,
    now = new Date(),
    hostile = false,
    varied = false,
    unchained = false,
    first = 0,
    secondsApart,
  } = options;
  const words = varied ? wordSource() : undefined;
  const ids: string[] = [];
  for (let number = first; number < first + sessions; number++) {
    const id = (0x1000_0000 + number).toString(16);
    const before = new Date(now.getTime() - 40 * 60_000 - number * 7.3 * 3600_000);
    // At the beginning of a minute, so that entries seconds apart share it.
    const start = new Date(Math.floor(before.getTime() / 60_000) * 60_000);
    const active = number === 0;
    const title =
      hostile && number % 2 === 0 ? hostileText : (titles[number % titles.length] ?? '');
    const day = isoWithOffset(start).slice(0, 10);
    const clock = isoWithOffset(start).slice(11, 19).replaceAll(':', '');
    const folder = join(state, 'changelog/sessions', day, `${id}__${clock}__sample`);
    mkdirSync(folder, { recursive: true });
    const lines: string[] = [];
    let prev = genesisHash(id, null);
    for (let at = 0; at < entriesPerSession; at++) {
      const [type = 'note', actor = 'user', content = ''] =
        scripts[(at * 5 + number) % scripts.length] ?? [];
      const entry = {
        timestamp: isoWithOffset(
          new Date(
            start.getTime() +
              at *
                (secondsApart === undefined
                  ? (35 * 60_000) / Math.max(1, entriesPerSession)
                  : secondsApart * 1000),
          ),
        ),
        actor,
        type,
        content:
          words !== undefined
            ? words()
            : hostile && at % 3 === 0
              ? hostileText
              : `${content}${at < scripts.length ? '' : ` (${number}.${at})`}`,
        attachments: type === 'note' ? ['/var/www/orthodoxmetrics/prod/docs/sketch.png'] : [],
        outcome: type === 'command' ? (at % 7 === 3 ? 'fail' : 'success') : null,
        prev,
      };
      prev = entryHash(entry);
      const { prev: _, ...plain } = entry;
      lines.push(JSON.stringify(unchained ? plain : { ...entry, hash: prev }));
    }
    const session: Session & { head: string | null } = {
      session_id: id,
      title,
      status: active ? 'ACTIVE' : 'CLOSED',
      started_at: isoWithOffset(start),
      closed_at: active ? null : isoWithOffset(new Date(start.getTime() + 38 * 60_000)),
      entry_count: entriesPerSession,
      tags: options.tags ?? [
        tags[number % tags.length] ?? '',
        tags[(number * 3 + 1) % tags.length] ?? '',
      ],
      scope: scopes[number % scopes.length] ?? 'mixed',
      summary: active
        ? null
        : hostile
          ? hostileText
          : 'The order is kept and restored; one open question about witnesses.',
      outcome: active ? null : number % 9 === 4 ? 'fail' : 'success',
      path: folder,
      head: entriesPerSession === 0 || unchained ? null : prev,
    };
    const { path: _, head, ...header } = session;
    writeFileSync(
      join(folder, 'session.json'),
      JSON.stringify(unchained ? header : { ...header, head }),
    );
    writeFileSync(join(folder, 'entries.jsonl'), lines.map((line) => `${line}\n`).join(''));
    ids.push(id);
  }
  return ids;
}

/** Sentences of 20 to 60 words out of some thousand, the same ones every time. */
function wordSource(): () => string {
  let seed = 12345;
  const next = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
  const syllables = [
    're',
    'cord',
    'ta',
    'ble',
    'con',
    'fig',
    'im',
    'port',
    'ser',
    'ver',
    'pa',
    'rish',
  ];
  const vocabulary = Array.from({ length: 3000 }, () =>
    Array.from({ length: 1 + next(4) }, () => syllables[next(syllables.length)]).join(''),
  );
  return () => Array.from({ length: 20 + next(40) }, () => vocabulary[next(3000)]).join(' ');
}
