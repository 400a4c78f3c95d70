import { type ComponentChildren, Fragment } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { visibleText } from '../visible.ts';
import { useReport } from './context.ts';
import { formatCount } from './format.ts';
import { Icon } from './icons.tsx';
import { Visible } from './path.tsx';
import { usePrinting } from './printing.ts';

/** Puts text on the clipboard; falls back to a selection where the page may not (from disk, http). */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelection(text);
  }
}

function copySelection(text: string): boolean {
  const before = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'off-screen';
  document.body.append(area);
  area.select();
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    area.remove();
    if (before instanceof HTMLElement) before.focus();
  }
}

interface CopyButtonProps {
  text: string;
  /** What is copied, for screen readers: `the command for node_modules`. */
  of: string;
  /** Shows `Copy` beside the icon, or words that say more: then they are the button's name. */
  labelled?: boolean | string;
}

export function CopyButton({ text, of, labelled = false }: CopyButtonProps) {
  const { announce } = useReport();
  const [done, setDone] = useState<boolean | null>(null);
  useEffect(() => {
    if (done === null) return;
    const timer = setTimeout(() => setDone(null), 1600);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    const copied = await copyText(text);
    setDone(copied);
    announce(
      copied ? `Copied ${of}.` : 'The browser refused: select the text and copy it by hand.',
    );
  };
  const idle = typeof labelled === 'string' ? labelled : 'Copy';
  const word = done === null ? idle : done ? 'Copied' : 'Refused';
  const verb = done === null ? 'Copy' : word;
  const name = typeof labelled === 'string' ? word : `${verb} ${of}`;
  return (
    <button
      type="button"
      class={labelled ? 'button small copy' : 'icon-button small copy'}
      aria-label={visibleText(name)}
      title={visibleText(`Copy ${of}`)}
      data-done={done === null ? undefined : done ? 'yes' : 'no'}
      onClick={copy}
    >
      <Icon name={done === null ? 'copy' : done ? 'check' : 'close'} />
      {labelled && <span aria-hidden="true">{word}</span>}
    </button>
  );
}

interface CopyBlockProps {
  text: string;
  of: string;
  /** Stands above the text. */
  children?: ComponentChildren;
}

/** Longer texts are folded to their beginning. */
const foldAbove = { lines: 18, characters: 2400 };

/** A command or a text as it is, with a button that copies it. Long ones are folded. */
export function CopyBlock({ text, of, children }: CopyBlockProps) {
  const [unfolded, setUnfolded] = useState(false);
  const printing = usePrinting();
  const start = beginningOf(text);
  const shown = unfolded || printing ? text : start;
  return (
    <div class="copy-block">
      {children && <div class="copy-block-head">{children}</div>}
      <pre>
        <code dir="auto">
          {shown.split('\n').map((line, at) => (
            <Fragment key={at}>
              {at > 0 && '\n'}
              <Visible text={line} />
            </Fragment>
          ))}
        </code>
      </pre>
      {start.length < text.length && (
        <button
          type="button"
          class="link fold no-print"
          aria-expanded={unfolded}
          onClick={() => setUnfolded(!unfolded)}
        >
          {unfolded ? 'Show less' : `Show all ${formatCount(text.length)} characters`}
        </button>
      )}
      <CopyButton text={text} of={of} />
    </div>
  );
}

function beginningOf(text: string): string {
  const lines = text.split('\n', foldAbove.lines + 1);
  const start = lines.length > foldAbove.lines ? lines.slice(0, -1).join('\n') : text;
  return start.length > foldAbove.characters ? start.slice(0, foldAbove.characters) : start;
}

/** A short command on one line, with its button. */
export function CopyLine({ text, of }: { text: string; of: string }) {
  return (
    <span class="copy-line">
      <code dir="ltr">
        <Visible text={text} />
      </code>
      <CopyButton text={text} of={of} />
    </span>
  );
}
