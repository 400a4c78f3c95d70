import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';

/** Where the skip link goes. The browser moves there; the reader's choices must stay in the address. */
export const skipHash = '#main';

type Change = Readonly<Record<string, string | null>>;

/**
 * What the reader has chosen (tab, filters, sort, run), kept in the URL's hash so that a link and
 * the back button bring it back.
 */
export class HashState {
  #params = new URLSearchParams(location.hash.slice(1));
  readonly #listeners = new Set<() => void>();

  constructor() {
    addEventListener('hashchange', () => this.#read());
    addEventListener('popstate', () => this.#read());
  }

  get(key: string): string | null {
    return this.#params.get(key);
  }

  /** Sets or, for null, removes keys. `push` makes a step for the back button. */
  set(change: Change, step: 'push' | 'replace' = 'replace'): void {
    for (const [key, value] of Object.entries(change)) {
      if (value === null) this.#params.delete(key);
      else this.#params.set(key, value);
    }
    this.#write(step);
    this.#tell();
  }

  #write(step: 'push' | 'replace'): void {
    const text = this.#params.toString();
    try {
      if (step === 'push') history.pushState(null, '', `#${text}`);
      else history.replaceState(null, '', `#${text}`);
    } catch {
      // A browser that refuses history for files still works, without links to a state.
    }
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #read(): void {
    if (location.hash === skipHash) {
      this.#write('replace');
      return;
    }
    this.#params = new URLSearchParams(location.hash.slice(1));
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

export const HashContext = createContext<HashState | null>(null);

export function useHash(): HashState {
  const hash = useContext(HashContext);
  if (!hash) throw new Error('Outside of mountReport.');
  return hash;
}

/** One key of the hash: its value, and how to set it. Setting the fallback removes the key. */
export function useHashParam(
  key: string,
  fallback = '',
  step: 'push' | 'replace' = 'replace',
): [string, (value: string) => void] {
  const hash = useHash();
  const [value, setValue] = useState(() => hash.get(key) ?? fallback);
  useEffect(() => {
    const read = () => setValue(hash.get(key) ?? fallback);
    read();
    return hash.subscribe(read);
  }, [hash, key, fallback]);
  return [value, (next) => hash.set({ [key]: next === fallback ? null : next }, step)];
}

/** A key of the hash that holds several values. */
export function useHashList(key: string): [string[], (values: readonly string[]) => void] {
  const [text, setText] = useHashParam(key);
  const values = text === '' ? [] : text.split(',').map(decodeURIComponent);
  return [values, (next) => setText(next.map(encodeURIComponent).join(','))];
}
