/**
 * The framing of PM2's sockets: a byte `version << 4 | parts`, then each part as its length (32 bits,
 * big-endian) and its bytes: `j:` and JSON, or `s:` and text.
 */
export function encodeFrame(parts: readonly unknown[]): Buffer {
  const packed = parts.map((part) =>
    Buffer.from(typeof part === 'string' ? `s:${part}` : `j:${JSON.stringify(part ?? null)}`),
  );
  const lengths = packed.map(({ length }) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(length);
    return bytes;
  });
  const meta = Buffer.of((1 << 4) | packed.length);
  return Buffer.concat([meta, ...packed.flatMap((part, at) => [lengths[at] as Buffer, part])]);
}

/** More than this no daemon has to say; what claims to be longer is none. */
const longest = 64 * 1024 * 1024;

/** Takes bytes as they come and gives whole messages. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;
  /** No message can be whole before so many bytes are there. */
  #wanted = 1;

  /** @throws Error when it is not PM2's framing */
  push(chunk: Buffer): unknown[][] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const messages: unknown[][] = [];
    while (this.#length >= this.#wanted) {
      const bytes =
        this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
      this.#chunks = [bytes];
      const message = readMessage(bytes);
      if (typeof message === 'number') {
        this.#wanted = message;
        break;
      }
      messages.push(message.parts);
      this.#chunks = [bytes.subarray(message.end)];
      this.#length = bytes.length - message.end;
      this.#wanted = 1;
    }
    return messages;
  }
}

/** The first message, or how many bytes have to be there before it makes sense to look again. */
function readMessage(bytes: Buffer): { parts: unknown[]; end: number } | number {
  if (bytes.length < 1) return 1;
  const count = (bytes[0] as number) & 0xf;
  const parts: unknown[] = [];
  let at = 1;
  for (let index = 0; index < count; index += 1) {
    if (bytes.length < at + 4) return at + 4;
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > longest) throw new Error('it does not speak as PM2 does');
    if (bytes.length < end) return end;
    parts.push(unpacked(bytes.subarray(at + 4, end)));
    at = end;
  }
  return { parts, end: at };
}

function unpacked(part: Buffer): unknown {
  const kind = part.subarray(0, 2).toString('latin1');
  const rest = part.subarray(2);
  if (kind === 'j:') return JSON.parse(rest.toString('utf8'));
  if (kind === 's:') return rest.toString('utf8');
  return part;
}
