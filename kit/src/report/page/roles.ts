/** A part that scrolls by itself takes the focus, or its content is out of reach of the keyboard. */
export function scrollRegion(label: string) {
  return { role: 'region', tabIndex: 0, 'aria-label': `${label}, scrolls` } as const;
}

/**
 * A chart reads the arrow keys itself, so screen readers must hand them on: `application` does
 * that. A slider would too, but has one value where a chart's cursor has several.
 */
export function chartCursor(titleId: string, summaryId: string) {
  return {
    role: 'application',
    tabIndex: 0,
    'aria-roledescription': 'chart',
    'aria-labelledby': titleId,
    'aria-describedby': summaryId,
  } as const;
}
