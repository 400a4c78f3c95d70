import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeFrame, FrameReader } from '../src/daemon/frames.ts';

describe("the framing of PM2's sockets", () => {
  const message = [{ args: [{ name: 'demo', text: 'ä\n' }] }, 'om-ops:0'];

  it('reads what it writes, however the bytes are cut', () => {
    const bytes = Buffer.concat([encodeFrame(message), encodeFrame([[], 'om-ops:1'])]);
    for (let size = 1; size <= bytes.length; size += 1) {
      const reader = new FrameReader();
      const read: unknown[][] = [];
      for (let at = 0; at < bytes.length; at += size)
        read.push(...reader.push(bytes.subarray(at, at + size)));
      assert.deepEqual(read, [message, [[], 'om-ops:1']]);
    }
  });

  it('writes what PM2 reads: version and count, then length, kind and text', () => {
    assert.equal(
      encodeFrame([{ a: 1 }, 'id']).toString('latin1'),
      '\x12\0\0\0\x09j:{"a":1}\0\0\0\x04s:id',
    );
  });

  it('refuses what is longer than any list of processes', () => {
    const bytes = Buffer.from('HTTP/1.1 400 Bad Request');
    assert.throws(() => new FrameReader().push(bytes), /does not speak as PM2 does/);
  });
});
