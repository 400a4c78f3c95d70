import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOmOps } from '@om-ops/test-support/om-ops';
import { type CleansUp, temporaryFolder } from '@om-ops/test-support/temp';
import { schedulePlaces } from '../src/folder.ts';
import type { LedgerLine } from '../src/ledger/line.ts';
import type { ListResult } from '../src/view/list.ts';

export interface SampleSite {
  folder: string;
  site: string;
  state: string;
  /** Its time is that of the last tick. */
  beat: string;
  /** The lines of the ledger. */
  ledger(): LedgerLine[];
  /** Replaces what the profile says of the schedule, as YAML of its tasks. */
  profile(tasks: string): void;
}

/** A site with nothing in it that has the tasks of the test and, whatever plugins give, no others. */
export async function sampleSite(context: CleansUp, tasks: string): Promise<SampleSite> {
  const folder = temporaryFolder(context);
  const state = join(folder, 'state');
  const site = join(folder, 'om-ops.yaml');
  mkdirSync(join(folder, 'root'));
  let others: string[] = [];
  const profile = (lines: string) => {
    const off = others.filter((id) => !lines.includes(`${id}:`)).map((id) => `    ${id}: null\n`);
    const own = lines.split('\n').map((line) => `    ${line}`);
    writeFileSync(
      site,
      `site: sample
root: ${folder}/root
state: ${state}
database: {engine: none}
backup: {categories: {prod: null, server: null, front-end: null, images: null, nginx: null}}
nginx: {errorLog: ${folder}/error.log}
schedule:
  jitter: 0s
  tasks:
${off.join('')}${own.join('\n')}
`,
    );
  };
  profile('{}');
  const listed = await runOmOps(['schedule', 'list', '--json', '--site', site]);
  others = listed.json<ListResult>().result.tasks.map(({ id }) => id);
  profile(tasks);
  return {
    folder,
    site,
    state,
    beat: schedulePlaces({ site: 'sample', state }).tick,
    profile,
    ledger: () => {
      const path = join(state, 'schedule/ledger.jsonl');
      if (!existsSync(path)) return [];
      const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line) as LedgerLine);
    },
  };
}
