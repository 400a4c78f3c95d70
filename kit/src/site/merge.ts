import type { PlainMap, PlainValue } from './document.ts';

function isMap(value: unknown): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `over` laid on `base`, key by key; lists and scalars replace. Neither is changed. */
export function merged(base: unknown, over: PlainValue | undefined): unknown {
  if (over === undefined) return structuredClone(base);
  if (!isMap(base) || !isMap(over)) return structuredClone(over);
  const out: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(base), ...Object.keys(over)])) {
    out[key] = merged(base[key], Object.hasOwn(over, key) ? over[key] : undefined);
  }
  return out;
}

/** Every leaf of a value with its dotted path. An empty map or list is a leaf. */
export function* leaves(
  value: unknown,
  path: string[] = [],
): Generator<{ path: string[]; value: unknown }> {
  if (isMap(value) && Object.keys(value).length > 0) {
    for (const [key, item] of Object.entries(value)) yield* leaves(item, [...path, key]);
  } else {
    yield { path, value };
  }
}
