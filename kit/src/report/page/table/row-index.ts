/** What sorting and searching have to know about a column. */
export interface IndexedColumn<Row> {
  id: string;
  /** What the column sorts by; null sorts last either way. */
  value(row: Row): string | number | null;
  /** What the search looks through; '' for nothing. */
  search(row: Row): string;
}

export interface Sort {
  column: string;
  descending: boolean;
}

/**
 * Sorted and searched views of many rows. Each order and the lower-case texts are made once, when
 * first asked for, so that a key press costs one pass over strings.
 */
export class RowIndex<Row> {
  readonly rows: readonly Row[];
  readonly #columns: readonly IndexedColumn<Row>[];
  readonly #orders = new Map<string, Uint32Array>();
  #texts: string[] | null = null;
  #last: { words: string[]; hits: Uint32Array } | null = null;

  constructor(rows: readonly Row[], columns: readonly IndexedColumn<Row>[]) {
    this.rows = rows;
    this.#columns = columns;
  }

  /** Makes the texts of the search ahead of the first key press. */
  prepare(): void {
    this.#texts ??= this.rows.map((row) =>
      this.#columns
        .map((column) => column.search(row))
        .join('\n')
        .toLowerCase(),
    );
  }

  /** Indexes of the rows that hold every word of the query, in the order of `sort`. */
  view(query: string, sort: Sort | null): Uint32Array {
    const order = this.#order(sort);
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return order;
    const hits = this.#hits(words);
    if (order.length === hits.length) return order;
    const hit = new Uint8Array(this.rows.length);
    for (const index of hits) hit[index] = 1;
    return order.filter((index) => hit[index] === 1);
  }

  #hits(words: string[]): Uint32Array {
    this.prepare();
    const texts = this.#texts ?? [];
    const last = this.#last;
    // Typing on only narrows: what did not match the shorter words cannot match now.
    const narrowed = last?.words.every((word, at) => words[at]?.includes(word)) ? last.hits : null;
    const from = narrowed ?? everyIndex(this.rows.length);
    const hits = from.filter((index) => {
      const text = texts[index] ?? '';
      for (const word of words) if (!text.includes(word)) return false;
      return true;
    });
    this.#last = { words, hits };
    return hits;
  }

  #order(sort: Sort | null): Uint32Array {
    const column = sort && this.#columns.find(({ id }) => id === sort.column);
    const key = column ? `${sort.descending ? '-' : '+'}${column.id}` : '';
    let order = this.#orders.get(key);
    if (!order) {
      order = everyIndex(this.rows.length);
      if (column) sortIndexes(order, this.rows.map(column.value), sort.descending);
      this.#orders.set(key, order);
    }
    return order;
  }
}

function everyIndex(count: number): Uint32Array {
  const indexes = new Uint32Array(count);
  for (let index = 0; index < count; index++) indexes[index] = index;
  return indexes;
}

function sortIndexes(
  order: Uint32Array,
  raw: (string | number | null)[],
  descending: boolean,
): void {
  // Collation of 100,000 texts takes seconds; lower-case code units take a tenth of one.
  const values = raw.map((value) => (typeof value === 'string' ? value.toLowerCase() : value));
  const way = descending ? -1 : 1;
  order.sort((left, right) => {
    const a = values[left] ?? null;
    const b = values[right] ?? null;
    if (a === b) return left - right;
    if (a === null) return 1;
    if (b === null) return -1;
    if (typeof a === typeof b) return a < b ? -way : way;
    return typeof a === 'number' ? -1 : 1;
  });
}
