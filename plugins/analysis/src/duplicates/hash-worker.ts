import { parentPort } from 'node:worker_threads';
import { hashingTasks } from './hashing.ts';
import { HashTasks, type TasksLayout } from './tasks.ts';

/** Sent once per batch; the answer, when it has done its part, is anything. */
export interface HashOrder {
  layout: TasksLayout;
  thread: number;
}

parentPort?.on('message', ({ layout, thread }: HashOrder) => {
  const tasks = new HashTasks(layout);
  for (const _ of hashingTasks(tasks, thread));
  parentPort?.postMessage('done');
});
