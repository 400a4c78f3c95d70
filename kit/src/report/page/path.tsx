import type { ComponentChildren } from 'preact';
import { visiblePieces } from '../visible.ts';

/** A path that may wrap anywhere, its last name strong. What cannot be seen in it is spelled out. */
export function Path({ path }: { path: string }) {
  const end = path.endsWith('/') ? path.length - 1 : path.length;
  const cut = path.lastIndexOf('/', end - 1) + 1;
  return (
    <bdi class="path" dir="ltr">
      {cut > 0 && (
        <span class="path-folder">
          <Visible text={path.slice(0, cut)} />
        </span>
      )}
      <span class="path-name">
        <Visible text={path.slice(cut)} />
      </span>
    </bdi>
  );
}

/** What may be text or more: text is spelled out like `Visible`. */
export function spelledOut(children: ComponentChildren): ComponentChildren {
  return typeof children === 'string' ? <Visible text={children} /> : children;
}

/** Text whose hidden characters are spelled out, so that it cannot pass for another. */
export function Visible({ text }: { text: string }) {
  return (
    <>
      {visiblePieces(text).map((piece, at) =>
        piece.escaped ? (
          <span key={at} class="escape">
            {piece.text}
          </span>
        ) : (
          piece.text
        ),
      )}
    </>
  );
}
