import { useEmbedded } from '@om-ops/kit/page';
import { type ComponentChildren, createContext } from 'preact';
import { useCallback, useContext, useEffect, useMemo, useState } from 'preact/hooks';
import type { TextChunk } from '../types.ts';

/** The chunks of texts that are unpacked so far. */
export interface Texts {
  get(chunk: number): TextChunk | undefined;
  /** Asks for chunks; they are there some moments later. */
  want(chunks: Iterable<number>): void;
  /** How many are there: changes with every new one. */
  count: number;
}

const TextsContext = createContext<Texts | null>(null);

export function useTexts(): Texts {
  const texts = useContext(TextsContext);
  if (texts === null) throw new Error('Outside of TextsProvider.');
  return texts;
}

/** Unpacks every chunk once, when something in it is looked at. */
export function TextsProvider({ children }: { children: ComponentChildren }) {
  const [wanted, setWanted] = useState<ReadonlySet<number>>(new Set());
  const [ready, setReady] = useState<ReadonlyMap<number, TextChunk>>(new Map());
  const want = useCallback((chunks: Iterable<number>) => {
    setWanted((before) => {
      const after = new Set([...before, ...chunks]);
      return after.size === before.size ? before : after;
    });
  }, []);
  const add = useCallback((chunk: number, texts: TextChunk) => {
    setReady((before) => new Map(before).set(chunk, texts));
  }, []);
  const texts = useMemo<Texts>(
    () => ({ get: (chunk) => ready.get(chunk), want, count: ready.size }),
    [ready, want],
  );
  return (
    <TextsContext.Provider value={texts}>
      {children}
      {[...wanted].map((chunk) => (
        <Unpack key={chunk} chunk={chunk} onReady={add} />
      ))}
    </TextsContext.Provider>
  );
}

function Unpack(props: { chunk: number; onReady: (chunk: number, texts: TextChunk) => void }) {
  const { chunk, onReady } = props;
  const loaded = useEmbedded<TextChunk>(`texts-${chunk}`);
  useEffect(() => {
    if (loaded.state === 'ready') onReady(chunk, loaded.value);
    if (loaded.state === 'failed') onReady(chunk, failed(loaded.message));
  }, [loaded.state]);
  return null;
}

/** A chunk that cannot be read says so in place of its texts. */
function failed(message: string): TextChunk {
  const text = new Proxy<string[]>([], { get: () => `This text cannot be unpacked: ${message}` });
  return { text, attachments: {}, full: {} };
}
