import { userInfo } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { shellWord } from '../shell.ts';
import { isThere } from '../store/folders.ts';
import { appendLog } from './log-file.ts';
import { logLines } from './log-line.ts';
import type { Operation } from './operation.ts';

/** Who runs this: `anna as root` under sudo. */
export function userName(): string {
  const sudo = process.env.SUDO_USER;
  try {
    const { username } = userInfo();
    return sudo === undefined || sudo === username ? username : `${sudo} as ${username}`;
  } catch {
    // A container may run under a uid that no passwd line names.
    return String(process.getuid?.() ?? 'unknown');
  }
}

/** What the audit trail says of an operation: the command as typed, how long it took, how it ended, what it touched. */
export function auditText(operation: Operation, now = new Date()): string {
  const seconds = (now.getTime() - operation.startedAt.getTime()) / 1000;
  const typed = [
    'om-ops',
    ...operation.command.split(':'),
    ...operation.redactor.argv(operation.argv),
  ];
  const exit = operation.outcome?.exit ?? 1;
  const lines = [`${typed.map(shellWord).join(' ')}`, `exit ${exit} after ${seconds.toFixed(1)} s`];
  if (operation.outcome?.message !== undefined) lines.push(operation.outcome.message);
  if (operation.touched.length > 0) lines.push(`touched: ${operation.touched.join(', ')}`);
  return operation.redactor.text(lines.join('\n'));
}

/**
 * Writes an ended operation down: one line in the logs and, for an audited one, an entry in the active
 * work session. A STATE that was never made is not made for this. Called again it writes nothing more.
 *
 * @returns what could not be written, as sentences; recording never turns a success into a failure.
 */
export function recordOperation(operation: Operation): Promise<string[]> {
  operation.recording ??= record(operation);
  return operation.recording;
}

async function record(operation: Operation): Promise<string[]> {
  const { state, record: kind } = operation;
  if (kind === 'none' || state === undefined) return [];
  const problems: string[] = [];
  try {
    if (!isThere(state)) return [];
    const lines = logLines(operation, userName());
    for (const log of operation.logs) {
      const mended = appendLog(state, log, lines);
      if (mended !== undefined) problems.push(mended);
    }
  } catch (error) {
    problems.push(`The operations log could not be written: ${messageOf(error)}`);
  }
  if (kind !== 'audit') return problems;
  try {
    if (!isThere(join(state, 'changelog'))) return problems;
    const { openChangelog } = await import('../store/changelog/index.ts');
    const exit = operation.outcome?.exit ?? 1;
    const appended = await openChangelog(state).appendIfActive({
      actor: 'system',
      type: 'command',
      content: auditText(operation),
      attachments: [],
      outcome: exit === 0 || exit === 7 ? 'success' : 'fail',
    });
    problems.push(...(appended?.warnings ?? []));
  } catch (error) {
    problems.push(`The work session could not be written: ${messageOf(error)}`);
  }
  return problems;
}
