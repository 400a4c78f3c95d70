// Started by the store's tests as a process of its own: `node worker.ts ACTION ARGS…`.
import { writeSync } from 'node:fs';
import { openChangelog } from '../../src/store/changelog/index.ts';
import { AtomicFile, acquireLock, appendJsonLine, writeFileAtomic } from '../../src/store/index.ts';

const [action, path = '', ...rest] = process.argv.slice(2);
const count = Number(rest[0] ?? 0);
const id = rest[1] ?? '';
const say = (text: string): void => void writeSync(1, `${text}\n`);

switch (action) {
  case 'append':
    for (let number = 0; number < count; number++) {
      await appendJsonLine(path, { id, number });
      say(String(number));
    }
    break;
  case 'atomic':
    for (let number = 0; number < count; number++) {
      await writeFileAtomic(path, `${number}\n`.repeat(200_000));
      say(String(number));
    }
    break;
  case 'partial': {
    const file = await AtomicFile.create(path);
    await file.handle.writeFile('half');
    say(file.tempPath);
    setInterval(() => {}, 1000);
    break;
  }
  case 'lock': {
    const lock = await acquireLock(path, id, { waitMs: count, command: 'test run' });
    say(lock.path);
    setInterval(() => {}, 1000);
    break;
  }
  case 'turns':
    // Counts in a plain file, read and written with the lock held: a lost turn is a lost count.
    for (let number = 0; number < count; number++) {
      const lock = await acquireLock(path, 'turns', { waitMs: 60_000 });
      const { readFileSync, writeFileSync } = await import('node:fs');
      writeFileSync(id, String(Number(readFileSync(id, 'utf8')) + 1));
      lock.release();
    }
    break;
  case 'changelog':
    for (let number = 0; number < count; number++) {
      await openChangelog(path).append({ actor: 'user', type: 'note', content: `${id} ${number}` });
      say(String(number));
    }
    break;
  case 'start':
    await openChangelog(path).startSession({ title: `session ${id}` });
    break;
  case 'as-nobody': {
    process.setuid?.(65534);
    try {
      await writeFileAtomic(path, 'x');
    } catch (error) {
      say(JSON.stringify({ code: (error as { code: string }).code, message: String(error) }));
    }
    break;
  }
  default:
    throw new Error(`no action ${action}`);
}
