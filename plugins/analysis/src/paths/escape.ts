/**
 * Names in any bytes as text, and back.
 *
 * A name that is valid UTF-8 is itself, unless it holds something that looks like an escape.
 * Any other name is escaped: `\xHH` (two upper-case digits) for each byte that does not decode,
 * `\\` for each backslash. So a name is escaped exactly when it holds `\xHH`, and the bytes can
 * always be had back. In a path each name is escaped for itself.
 */
const escapePattern = /\\x[0-9A-F]{2}/;
const slash = Buffer.from('/');
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of a name's bytes. */
export function escapeName(bytes: Uint8Array): string {
  const text = validText(bytes);
  if (text !== undefined && !escapePattern.test(text)) return text;
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      parts.push(`\\x${hex(bytes[at]!)}`);
      at += 1;
    } else {
      const part = strict.decode(bytes.subarray(at, at + length));
      parts.push(part === '\\' ? '\\\\' : part);
      at += length;
    }
  }
  return parts.join('');
}

/** The text of a path's bytes: each name is escaped for itself. */
export function escapePath(bytes: Buffer): string {
  const text = bytes.toString();
  if (!/[\\\ufffd]/.test(text)) return text;
  const names: string[] = [];
  let start = 0;
  for (let end = bytes.indexOf(slash); end >= 0; end = bytes.indexOf(slash, start)) {
    names.push(escapeName(bytes.subarray(start, end)));
    start = end + 1;
  }
  names.push(escapeName(bytes.subarray(start)));
  return names.join('/');
}

/** True when a name of the path is escaped. */
export function isEscaped(path: string): boolean {
  return escapePattern.test(path);
}

/** What to hand to `fs`: the path as it is, or its bytes when a name in it is escaped. */
export function systemPath(path: string): string | Buffer {
  return escapePattern.test(path) ? pathBytes(path) : path;
}

/** The bytes of an escaped path. */
export function pathBytes(path: string): Buffer {
  if (!escapePattern.test(path)) return Buffer.from(path);
  return Buffer.concat(
    path
      .split('/')
      .flatMap((name, at) => (at === 0 ? [nameBytes(name)] : [slash, nameBytes(name)])),
  );
}

function nameBytes(name: string): Buffer {
  if (!escapePattern.test(name)) return Buffer.from(name);
  return Buffer.concat(
    name
      .split(/(\\\\|\\x[0-9A-F]{2})/)
      .map((part) =>
        part === '\\\\'
          ? Buffer.from('\\')
          : escapePattern.test(part)
            ? Buffer.from(part.slice(2), 'hex')
            : Buffer.from(part),
      ),
  );
}

function validText(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** How many bytes the well-formed UTF-8 sequence at `at` has; 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (length < 2) return length;
  if (at + length > bytes.length) return 0;
  return validText(bytes.subarray(at, at + length)) === undefined ? 0 : length;
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}
