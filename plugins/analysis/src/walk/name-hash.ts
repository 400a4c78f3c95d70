// FNV-1a
export const hashBegin = 0x811c9dc5;
export const hashFactor = 0x01000193;

/** The hash that columns keep of a name. */
export function nameHash(name: string): number {
  let hash = hashBegin;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, hashFactor);
  return hash >>> 0;
}
