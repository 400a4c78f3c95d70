import './styles/index.css';

export type { NavLink, ReportMeta } from '../meta.ts';
export { type PackedPaths, packPaths, unpackPaths } from '../paths.ts';
export { visibleText } from '../visible.ts';
export { Age, ageText, useNow } from './age.tsx';
export { BesideLink } from './beside-link.tsx';
export { Card, type CardProps, Cards } from './cards.tsx';
export { type Bar, Bars } from './chart/bars.tsx';
export { coloursOfLooks } from './chart/looks.tsx';
export type { Series, SeriesPoint, Unit } from './chart/series.ts';
export { Sparkline } from './chart/sparkline.tsx';
export { TimeSeries, type TimeSeriesProps } from './chart/time-series.tsx';
export { Treemap, type TreeNode } from './chart/treemap.tsx';
export type { Clock } from './clock.ts';
export { useClock, usePageThere, useReport } from './context.ts';
export { CopyBlock, CopyButton, CopyLine, copyText } from './copy.tsx';
export { Badge, Delta, type Tone } from './delta.tsx';
export { deltaText } from './delta-text.ts';
export { hasEmbedded, type Loaded, useEmbedded, useLoaded } from './embedded.ts';
export { AllWell, EmptyState, Loading, ShownOf } from './empty.tsx';
export {
  type Choice,
  DateRange,
  FilterBar,
  MultiFilter,
  Segments,
  SelectFilter,
  TagFilter,
} from './filters.tsx';
export * from './format.ts';
export { PageHead } from './frame.tsx';
export { useHash, useHashList, useHashParam } from './hash.ts';
export { Icon, type IconName } from './icons.tsx';
export { type LaneMark, type LaneRow, type LaneSpan, Lanes, spanLength } from './lanes.tsx';
export { mountReport } from './mount.tsx';
export { Path, Visible } from './path.tsx';
export { usePrinting } from './printing.ts';
export { type Run, RunSelector, useRun } from './run-selector.tsx';
export { Callout, Columns, Facts, Fold, Section } from './sections.tsx';
export { StateBadge, StateMark, toneOfState } from './state.tsx';
export {
  bytesColumn,
  type Column,
  copyColumn,
  countColumn,
  deltaColumn,
  pathColumn,
  textColumn,
  timeColumn,
} from './table/columns.tsx';
export { DataTable, type DataTableProps } from './table/data-table.tsx';
export type { Sort } from './table/row-index.ts';
export { SearchBox, useSearchText } from './table/search-box.tsx';
export { type Tab, Tabs } from './tabs.tsx';
export { Timeline, type TimelineItem } from './timeline.tsx';
