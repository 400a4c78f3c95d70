import { formatCount, usePrinting, Visible } from '@om-ops/kit/page';
import { Fragment } from 'preact';
import { useState } from 'preact/hooks';

/** Longer texts are folded to their beginning. */
const foldAbove = { lines: 18, characters: 2400 };

/** A text to be read: its lines as they are, what cannot be seen in it spelled out. Long ones are folded. */
export function Prose({ text }: { text: string }) {
  const [unfolded, setUnfolded] = useState(false);
  const printing = usePrinting();
  const start = beginningOf(text);
  const shown = unfolded || printing ? text : start;
  return (
    <>
      <p class="prose" dir="auto">
        {shown
          .split(/(\r?\n|\t)/)
          .map((piece, at) =>
            at % 2 === 1 ? (
              <Fragment key={at}>{piece === '\t' ? piece : '\n'}</Fragment>
            ) : (
              <Visible key={at} text={piece} />
            ),
          )}
      </p>
      {start.length < text.length && (
        <button
          type="button"
          class="link prose-fold no-print"
          aria-expanded={unfolded}
          onClick={() => setUnfolded(!unfolded)}
        >
          {unfolded ? 'Show less' : `Show all ${formatCount(text.length)} characters`}
        </button>
      )}
    </>
  );
}

function beginningOf(text: string): string {
  const lines = text.split('\n', foldAbove.lines + 1);
  const start = lines.length > foldAbove.lines ? lines.slice(0, -1).join('\n') : text;
  return start.length > foldAbove.characters ? start.slice(0, foldAbove.characters) : start;
}
