import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkout } from '@om-ops/test-support/om-ops';

interface Flag {
  name: string;
  type: string;
  required?: boolean;
  multiple?: boolean;
  options?: string[];
  char?: string;
}

interface Manifest {
  commands: Record<string, { id: string; flags: Record<string, Flag>; args: Record<string, Flag> }>;
}

function shape({ type, required, multiple, options, char }: Flag): string {
  return [
    type ?? 'argument',
    ...(required ? ['required'] : []),
    ...(multiple ? ['multiple'] : []),
    ...(char === undefined ? [] : [`-${char}`]),
    ...(options === undefined ? [] : [options.join('|')]),
  ].join(' ');
}

describe('the command surface', () => {
  it('is the one in the snapshot: scripts depend on it', (t) => {
    const surface: Record<string, unknown> = {};
    for (const path of [
      join(checkout, 'oclif.manifest.json'),
      ...globSync(join(checkout, 'plugins/*/oclif.manifest.json')).sort(),
    ]) {
      const { commands } = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
      for (const { id, flags, args } of Object.values(commands)) {
        surface[id] = {
          args: Object.fromEntries(Object.values(args).map((arg) => [arg.name, shape(arg)])),
          flags: Object.fromEntries(Object.values(flags).map((flag) => [flag.name, shape(flag)])),
        };
      }
    }
    // In one order, whatever the order in which a manifest has them.
    const sorted = Object.entries(surface).sort(([one], [other]) => (one < other ? -1 : 1));
    t.assert.snapshot(Object.fromEntries(sorted));
    assert.ok(Object.keys(surface).length > 0);
  });
});
