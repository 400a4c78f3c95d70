/**
 * Roles the elements have by themselves, said again: where a narrow table is laid out as a list,
 * browsers would otherwise stop telling screen readers that it is a table.
 */
export const tableRoles = {
  table: { role: 'table' },
  group: { role: 'rowgroup' },
  row: { role: 'row' },
  cell: { role: 'cell' },
  columnHeader: { role: 'columnheader' },
  rowHeader: { role: 'rowheader' },
} as const;
