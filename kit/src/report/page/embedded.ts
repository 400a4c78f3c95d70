import { useEffect, useState } from 'preact/hooks';
import { blockIds, packedType } from '../meta.ts';
import { useReport } from './context.ts';

/** Reads the value the Node side embedded under this element id. */
export async function readBlock<Value>(id: string): Promise<Value> {
  const block = document.getElementById(id);
  if (!(block instanceof HTMLScriptElement)) throw new Error(`The report holds no ${id}.`);
  const text = block.textContent ?? '';
  const json = block.type === packedType ? await unpack(text) : text;
  return JSON.parse(json) as Value;
}

async function unpack(base64: string): Promise<string> {
  if (typeof DecompressionStream === 'undefined') {
    throw new Error('This browser is too old to unpack the report.');
  }
  const packed = new Blob([bytesOf(base64)]).stream();
  return new Response(packed.pipeThrough(new DecompressionStream('gzip'))).text();
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

/** A value that is being unpacked, or why it could not be. */
export type Loaded<Value> =
  | { state: 'loading' }
  | { state: 'ready'; value: Value }
  | { state: 'failed'; message: string };

/**
 * A value that takes time to make, made when a component first asks for it and kept by its key, so
 * that a tab or a run that comes back is there at once.
 */
export function useLoaded<Value>(key: string, load: () => Promise<Value>): Loaded<Value> {
  const cache = useReport().unpacked;
  const [loaded, setLoaded] = useState<{ key: string; result: Loaded<Value> } | null>(null);
  useEffect(() => {
    if (cache.has(key)) return;
    let gone = false;
    const settle = (result: Loaded<Value>) => {
      if (!gone) setLoaded({ key, result });
    };
    load().then(
      (value) => {
        cache.set(key, value);
        settle({ state: 'ready', value });
      },
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        settle({ state: 'failed', message });
      },
    );
    return () => {
      gone = true;
    };
  }, [key]);
  if (cache.has(key)) return { state: 'ready', value: cache.get(key) as Value };
  return loaded?.key === key ? loaded.result : { state: 'loading' };
}

/** A value of `embedded`, unpacked when first asked for. `prepare` runs once, on what was parsed. */
export function useEmbedded<Value, Raw = Value>(
  name: string,
  prepare: (raw: Raw) => Value = (raw) => raw as unknown as Value,
): Loaded<Value> {
  return useLoaded(`embedded ${name}`, async () =>
    prepare(await readBlock<Raw>(blockIds.embedded + name)),
  );
}

/** True when the report holds a value under that name. */
export function hasEmbedded(name: string): boolean {
  return document.getElementById(blockIds.embedded + name) !== null;
}
