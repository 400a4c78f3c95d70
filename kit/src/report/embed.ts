import { promisify } from 'node:util';
import { packedType } from './meta.ts';

/** JSON longer than this many characters is gzipped: below it base64 and unpacking cost more than they save. */
const packAbove = 48 * 1024;

/** A `<script>` element that holds data: `type` tells the page how to read `body`. */
export interface DataBlock {
  id: string;
  type: string;
  body: string;
}

/**
 * JSON that is safe inside `<script type="application/json">`: no `<` that could end or open an
 * element, no U+2028 or U+2029. Throws a TypeError for what JSON cannot hold (bigint, cycles).
 */
export function inlineJson(value: unknown): string {
  return (JSON.stringify(value) ?? 'null')
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

/** The block for one value: JSON as it is, or gzip and base64 when that is the smaller page. */
export async function dataBlock(id: string, value: unknown): Promise<DataBlock> {
  const json = inlineJson(value);
  if (json.length <= packAbove) return { id, type: 'application/json', body: json };
  const { gzip, constants } = await import('node:zlib');
  // The best level takes two and a half times as long for four in a hundred bytes less.
  const packed = await promisify(gzip)(json, { level: constants.Z_DEFAULT_COMPRESSION });
  const body = packed.toString('base64');
  // What is packed already would only cost the page a second unpacking.
  if (body.length > json.length * 0.9) return { id, type: 'application/json', body: json };
  return { id, type: packedType, body };
}
