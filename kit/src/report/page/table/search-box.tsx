import { useEffect, useRef, useState } from 'preact/hooks';
import { useHash } from '../hash.ts';
import { Icon } from '../icons.tsx';

/** Browsers slow a page down that rewrites its address with every key. */
const writeAfterMs = 250;

/** Text that answers at once and reaches the URL's hash when typing pauses. */
export function useSearchText(key: string): [string, (text: string) => void] {
  const hash = useHash();
  const [text, setText] = useState(() => hash.get(key) ?? '');
  const timer = useRef<number | undefined>(undefined);
  useEffect(
    () =>
      hash.subscribe(() => {
        if (timer.current === undefined) setText(hash.get(key) ?? '');
      }),
    [hash, key],
  );
  useEffect(() => () => clearTimeout(timer.current), []);
  const write = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      timer.current = undefined;
      hash.set({ [key]: next || null });
    }, writeAfterMs);
  };
  return [text, write];
}

interface SearchBoxProps {
  label: string;
  value: string;
  placeholder?: string | undefined;
  onInput: (text: string) => void;
  onFocus?: () => void;
}

/** A search field with a button that empties it; Escape empties it too. */
export function SearchBox({ label, value, placeholder, onInput, onFocus }: SearchBoxProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div class="search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={placeholder ?? 'Search'}
        value={value}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => onInput(event.currentTarget.value)}
        onFocus={onFocus}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && value) {
            event.preventDefault();
            onInput('');
          }
        }}
      />
      {value && (
        <button
          type="button"
          class="icon-button small"
          aria-label="Empty the search"
          onClick={() => {
            onInput('');
            input.current?.focus();
          }}
        >
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}
