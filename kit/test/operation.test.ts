import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { appendLog, logRotation } from '../src/operation/log-file.ts';
import { logLines, parseLogLine } from '../src/operation/log-line.ts';
import { Operation, operationOf, setOperation } from '../src/operation/operation.ts';
import { auditText, recordOperation } from '../src/operation/record.ts';
import { openChangelog } from '../src/store/changelog/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'om-ops-operation-'));
after(() => rmSync(folder, { recursive: true }));

function ended(state: string | undefined, record: 'none' | 'log' | 'audit' = 'audit'): Operation {
  const operation = new Operation({
    command: 'backup:run',
    argv: ['prod', '--token', 'canary-argument', '--site', '/a b.yaml'],
    record,
    logs: ['om-ops.log', 'om-recovery.log'],
  });
  operation.state = state;
  operation.redactor.add('canary-value');
  operation.touch('/backups/canary-value.tar.gz', '/backups/x.json');
  operation.warn('something about canary-value');
  operation.outcome = { exit: 1, code: 'E_X', message: 'broke on "canary-value"' };
  return operation;
}

describe('the log line', () => {
  it('says what ran, how it ended and what it touched, on one line that can be read back', () => {
    const [warning, line] = logLines(ended(folder), 'root').trimEnd().split('\n').map(parseLogLine);
    assert.equal(warning?.level, 'WARN');
    assert.equal(line?.level, 'ERROR');
    assert.equal(line?.command, 'backup:run');
    assert.match(
      line?.details ?? '',
      /^exit=1 seconds=\d+\.\d user=root pid=\d+ args="prod --token '<REDACTED>' --site '\/a b\.yaml'" touched=/,
    );
    assert.match(line?.details ?? '', /code=E_X message="broke on \\"<REDACTED>\\""$/);
    assert.ok(!Number.isNaN(new Date(line?.time ?? '').getTime()));
  });

  it('stays one line whatever the message holds', () => {
    const operation = ended(folder);
    operation.outcome = { exit: 1, message: 'a\nb\r\n2026-01-01T00:00:00Z ERROR forged:line x' };
    assert.equal(logLines(operation, 'root').trimEnd().split('\n').length, 2);
  });
});

describe('appendLog', () => {
  it('rotates by size and keeps a few', () => {
    const state = mkdtempSync(join(folder, 'rotate-'));
    for (let round = 0; round < 7; round++) {
      writeFileSync(join(state, 'om-ops.log'), 'x'.repeat(logRotation.maxBytes));
      appendLog(state, 'om-ops.log', `round ${round}\n`);
    }
    assert.equal(readFileSync(join(state, 'om-ops.log'), 'utf8'), 'round 6\n');
    assert.equal(existsSync(join(state, 'om-ops.log.5')), true);
    assert.equal(existsSync(join(state, 'om-ops.log.6')), false);
    assert.equal(statSync(join(state, 'om-ops.log')).mode & 0o777, 0o600);
  });
});

describe('recordOperation', () => {
  it('writes both logs and an entry of the active session, without secrets', async () => {
    const state = mkdtempSync(join(folder, 'state-'));
    const changelog = openChangelog(state);
    await changelog.startSession({ title: 'Night work' });
    assert.deepEqual(await recordOperation(ended(state)), []);
    const log = readFileSync(join(state, 'om-ops.log'), 'utf8');
    assert.equal(readFileSync(join(state, 'om-recovery.log'), 'utf8'), log);
    const session = await changelog.activeSession();
    assert.equal(session?.entry_count, 1);
    const written = log + auditText(ended(state));
    assert.equal(written.includes('canary'), false);
    assert.match(
      auditText(ended(state)),
      /^om-ops backup run prod --token '<REDACTED>' --site '\/a b\.yaml'\nexit 1 after \d+\.\d s\nbroke on/,
    );
  });

  it('records nothing for `none`, and makes no STATE only to record', async () => {
    const state = mkdtempSync(join(folder, 'none-'));
    await recordOperation(ended(state, 'none'));
    assert.equal(existsSync(join(state, 'om-ops.log')), false);
    await recordOperation(ended(join(folder, 'never-made')));
    assert.equal(existsSync(join(folder, 'never-made')), false);
  });

  it('reports a log it cannot write and does not throw', async () => {
    const state = mkdtempSync(join(folder, 'broken-'));
    rmSync(join(state, 'om-ops.log'), { force: true });
    writeFileSync(join(state, 'locks'), 'a file where the folder of locks should be');
    const problems = await recordOperation(ended(state));
    assert.match(problems.join(' '), /operations log could not be written/);
  });
});

describe('setOperation', () => {
  it('is found on the config whoever asks', () => {
    const config = {};
    assert.equal(operationOf(config), undefined);
    const operation = ended(undefined);
    setOperation(config, operation);
    assert.equal(operationOf(config), operation);
  });
});
