/** One word of a directive. Positions count bytes: the text is latin1. */
export interface Word {
  /** Where it is written, quotes included. */
  start: number;
  end: number;
  /** As nginx takes it: without quotes, unescaped. */
  value: string;
}

/** One directive as it is written in one file. */
export interface Directive {
  name: string;
  /** Behind its name as it is written. */
  nameEnd: number;
  args: readonly Word[];
  /** From the first byte of its name to behind its `;` or `}`. */
  start: number;
  end: number;
  line: number;
  /** Of a block. */
  block?: Block;
}

export interface Block {
  /** Behind `{`. */
  start: number;
  /** Where `}` is. */
  end: number;
  /** Empty for a Lua block, whose body is no configuration. */
  directives: readonly Directive[];
  isLua: boolean;
}
