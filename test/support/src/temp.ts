import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Anything that runs what it is given when it ends: the context of a `node:test` test or suite. */
export interface CleansUp {
  after(clean: () => void | Promise<void>): void;
}

/** A folder of its own below the system's temporary folder, mode 0700, removed when the test ends. */
export function temporaryFolder(test: CleansUp, prefix = 'om-ops-test-'): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), prefix)));
  test.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}
