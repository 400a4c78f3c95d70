import { useMemo, useRef, useState } from 'preact/hooks';
import { CopyButton } from '../copy.tsx';
import { formatBytes, formatExactBytes, formatShare } from '../format.ts';
import { Path, Visible } from '../path.tsx';
import { useWidth } from '../size.ts';
import { squarify } from './squarify.ts';

export interface TreeNode {
  /** Unique in the tree; what the copy button copies: a path. */
  id: string;
  /** Stands on the tile. */
  name: string;
  bytes: number;
  children?: readonly TreeNode[];
  /** A word that stands on the tile too: `junk`. Such tiles are hatched. */
  flag?: string | undefined;
}

interface TreemapProps {
  label: string;
  root: TreeNode;
  height?: number;
}

/** Fewer tiles than this are drawn one by one; the rest is one tile. */
const mostTiles = 36;
/** Of what lies in a tile, so many are hinted at. */
const insideTiles = 14;
/** So many are named beside the map. */
const listed = 10;

/**
 * Sizes as areas. A tile with something inside opens on click or Enter; the arrow keys go from
 * tile to tile; what has the focus or the pointer is spelled out below.
 */
export function Treemap({ label, root, height = 340 }: TreemapProps) {
  const [way, setWay] = useState<readonly TreeNode[]>([root]);
  const box = useRef<HTMLUListElement>(null);
  const width = useWidth(box);
  // A new run brings a new tree: start again at its root.
  const trail = way[0] === root ? way : [root];
  const open = trail.at(-1) ?? root;
  const tiles = useMemo(() => tilesOf(open), [open]);
  const boxes = useMemo(
    () =>
      squarify(
        tiles.map(({ bytes }) => bytes),
        { x: 0, y: 0, width, height },
      ),
    [tiles, width, height],
  );
  const [pointed, setPointed] = useState<string | null>(null);
  const shown = tiles.find(({ id }) => id === pointed) ?? open;

  const enter = (tile: TreeNode) => {
    if (!tile.children?.length) return setPointed(tile.id);
    setWay([...trail, tile]);
    setPointed(null);
    requestAnimationFrame(() => focusTile(box.current, 0));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = tiles.findIndex(({ id }) => id === pointed);
    const target = {
      ArrowRight: at + 1,
      ArrowDown: at + 1,
      ArrowLeft: at - 1,
      ArrowUp: at - 1,
      Home: 0,
      End: tiles.length - 1,
    }[event.key];
    if (target !== undefined) {
      event.preventDefault();
      focusTile(box.current, Math.max(0, Math.min(tiles.length - 1, target)));
    } else if ((event.key === 'Escape' || event.key === 'Backspace') && trail.length > 1) {
      event.preventDefault();
      setWay(trail.slice(0, -1));
      setPointed(null);
      requestAnimationFrame(() => focusTile(box.current, 0));
    }
  };

  return (
    <div class="treemap-wrap">
      {root.children && trail.length > 1 && (
        <Trail trail={trail} onGo={(depth) => setWay(trail.slice(0, depth + 1))} />
      )}
      <div class="treemap-row">
        <ul
          class="treemap"
          ref={box}
          aria-label={label}
          style={{ height: `${height}px` }}
          onPointerLeave={() => setPointed(null)}
        >
          {width > 0 &&
            tiles.map((tile, at) => (
              <Tile
                key={tile.id}
                tile={tile}
                box={boxes[at]}
                share={tile.bytes / (open.bytes || 1)}
                first={pointed === null ? at === 0 : tile.id === pointed}
                onPoint={() => setPointed(tile.id)}
                onEnter={() => enter(tile)}
                onKeyDown={onKeyDown}
              />
            ))}
        </ul>
        <List
          tiles={tiles.slice(0, listed)}
          whole={open.bytes}
          onEnter={enter}
          onPoint={setPointed}
        />
      </div>
      <p class="treemap-readout">
        <Path path={shown.id} />
        <span class="treemap-readout-size">
          {formatBytes(shown.bytes)} · {formatExactBytes(shown.bytes)}
          {shown !== open && (
            <>
              {' · '}
              {formatShare(shown.bytes / (open.bytes || 1))} of{' '}
              <bdi>
                <Visible text={open.name} />
              </bdi>
            </>
          )}
        </span>
        <CopyButton text={shown.id} of={`the path ${shown.id}`} />
      </p>
    </div>
  );
}

interface ListProps {
  tiles: readonly TreeNode[];
  whole: number;
  onEnter: (tile: TreeNode) => void;
  onPoint: (id: string) => void;
}

/** The largest tiles by name: many are too small to bear theirs. */
function List({ tiles, whole, onEnter, onPoint }: ListProps) {
  return (
    <ol class="treemap-list" aria-label="The largest of them">
      {tiles.map((tile) => (
        <li key={tile.id} onPointerEnter={() => onPoint(tile.id)}>
          <bdi class="treemap-list-name">
            {tile.children?.length ? (
              <button type="button" class="link" onClick={() => onEnter(tile)}>
                <Visible text={tile.name} />
              </button>
            ) : (
              <Visible text={tile.name} />
            )}
          </bdi>
          <span title={formatExactBytes(tile.bytes)}>{formatBytes(tile.bytes)}</span>
          <span class="treemap-list-share">{formatShare(tile.bytes / (whole || 1))}</span>
        </li>
      ))}
    </ol>
  );
}

function Trail({ trail, onGo }: { trail: readonly TreeNode[]; onGo: (depth: number) => void }) {
  return (
    <nav class="trail" aria-label="Opened folders">
      <ol>
        {trail.map((node, depth) => (
          <li key={node.id}>
            {depth === trail.length - 1 ? (
              <bdi aria-current="location">
                <Visible text={node.name} />
              </bdi>
            ) : (
              <button type="button" class="link" onClick={() => onGo(depth)}>
                <bdi>
                  <Visible text={node.name} />
                </bdi>
              </button>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

interface TileProps {
  tile: TreeNode;
  box: { x: number; y: number; width: number; height: number } | undefined;
  share: number;
  /** The one tile that the tab key reaches. */
  first: boolean;
  onPoint: () => void;
  onEnter: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

function Tile({ tile, box, share, first, onPoint, onEnter, onKeyDown }: TileProps) {
  if (!box) return null;
  const roomy = box.width > 64 && box.height > 40;
  const named = fits(tile.name, box.width, 14) && box.height > 20;
  const inside = tile.children?.length ? 'opens' : '';
  return (
    <li>
      {' '}
      <button
        type="button"
        class="tile"
        tabIndex={first ? 0 : -1}
        data-flag={tile.flag}
        style={{
          left: `${box.x}px`,
          top: `${box.y}px`,
          width: `${box.width}px`,
          height: `${box.height}px`,
          '--weight': `${Math.round(8 + Math.sqrt(share) * 26)}%`,
        }}
        onFocus={onPoint}
        onPointerEnter={onPoint}
        onClick={onEnter}
        onKeyDown={onKeyDown}
      >
        {inside && <Inside tile={tile} width={box.width} height={box.height} />}
        <bdi class={named ? 'tile-name' : 'off-screen'}>
          <Visible text={tile.name} />
        </bdi>{' '}
        <span class={roomy ? 'tile-size' : 'off-screen'}>{formatBytes(tile.bytes)}</span>{' '}
        <span class="off-screen">{formatShare(share)}</span>{' '}
        {tile.flag && <span class={roomy ? 'tile-flag' : 'off-screen'}>{tile.flag}</span>}
        {inside && <span class="off-screen">{inside}</span>}
      </button>
    </li>
  );
}

/** What a tile holds, drawn faintly in it: where a folder is one file or a thousand shows at once. */
function Inside({ tile, width, height }: { tile: TreeNode; width: number; height: number }) {
  const area = { x: 5, y: 42, width: width - 12, height: height - 49 };
  if (area.width < 48 || area.height < 32) return null;
  const tiles = tilesOf(tile).slice(0, insideTiles);
  const boxes = squarify(
    tiles.map(({ bytes }) => bytes),
    area,
  );
  return (
    <span class="tile-inside" aria-hidden="true">
      {boxes.map(({ x, y, width: wide, height: high }, at) => (
        <span
          key={tiles[at]?.id}
          data-flag={tiles[at]?.flag}
          style={{ left: `${x}px`, top: `${y}px`, width: `${wide}px`, height: `${high}px` }}
        >
          {high > 18 && fits(tiles[at]?.name ?? '', wide, 12) && (
            <Visible text={tiles[at]?.name ?? ''} />
          )}
        </span>
      ))}
    </span>
  );
}

/** Whether a name can be read in so much room: whole, or at least a good part of it. */
function fits(name: string, width: number, padding: number): boolean {
  return width >= Math.min(name.length * 7.5 + padding, 96);
}

function focusTile(box: HTMLElement | null, index: number): void {
  box?.querySelectorAll<HTMLElement>('.tile')[index]?.focus();
}

/** The children, largest first, and one tile for the many small and for what lies in none of them. */
function tilesOf(node: TreeNode): TreeNode[] {
  const children = [...(node.children ?? [])]
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
  const least = node.bytes / 1500;
  const large = children.filter(({ bytes }, at) => at < mostTiles && bytes >= least);
  const rest = node.bytes - large.reduce((sum, { bytes }) => sum + bytes, 0);
  if (rest <= least) return large;
  return [...large, { id: `${node.id}/…`, name: 'everything else', bytes: rest }].sort(
    (a, b) => b.bytes - a.bytes,
  );
}
