import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '@om-ops/test-support/temp';

export interface SampleSite {
  folder: string;
  site: string;
  state: string;
  /** The lines of the ledger. */
  ledger(): Record<string, unknown>[];
  /** Replaces what the profile says of the schedule, as YAML of its tasks. */
  profile(tasks: string): void;
}

/** Every task that plugins give, so that a test runs its own and no others. */
const others =
  'health-check log-rotation data-cleanup backup-maintenance git-checkpoint build-verify roadmap-report changelog-report changelog-verify analysis digest backup-config'.split(
    ' ',
  );

/** A site with nothing in it that has the tasks of the test and no others. */
export function sampleSite(context: TestContext, tasks: string): SampleSite {
  const folder = temporaryFolder(context);
  const state = join(folder, 'state');
  const site = join(folder, 'om-ops.yaml');
  mkdirSync(join(folder, 'root'));
  const profile = (lines: string) => {
    const off = others.filter((id) => !lines.includes(`${id}:`)).map((id) => `    ${id}: null\n`);
    writeFileSync(
      site,
      `site: sample
root: ${folder}/root
state: ${state}
database: {engine: none}
backup: {categories: {prod: null, server: null, front-end: null, images: null, nginx: null}}
schedule:
  jitter: 0s
  tasks:
${off.join('')}${lines
  .split('\n')
  .map((line) => `    ${line}`)
  .join('\n')}
`,
    );
  };
  profile(tasks);
  return {
    folder,
    site,
    state,
    profile,
    ledger: () =>
      readFileSync(join(state, 'schedule/ledger.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}
