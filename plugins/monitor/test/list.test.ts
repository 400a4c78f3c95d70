import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCommand } from '@om-ops/test-support/command';
import HealthList from '../src/commands/health/list.ts';

describe('health list', () => {
  it('lists the checks of every plugin, each once', async () => {
    const result = await runCommand(HealthList, ['--json']);
    assert.equal(result.code, 0, result.stderr);
    const { checks } = JSON.parse(result.stdout).result as { checks: { id: string }[] };
    const ids = checks.map(({ id }) => id);
    assert.ok(ids.includes('nginx.certificate'), ids.join());
    assert.equal(new Set(ids).size, ids.length);
  });
});
