import type { Readable } from 'node:stream';
import type { DatabaseEngineName } from '@om-ops/kit/database';

/**
 * What of a dump makes one table: its settings at the start and the end, and the parts that the comments of the
 * dump program name. Of PostgreSQL also types, functions and sequences, which a table may need, and not its foreign
 * keys, which need other tables. Sets `found` when the table was met.
 */
export async function* onlyTable(
  sql: Readable,
  engine: DatabaseEngineName,
  table: string,
  found: { table: boolean },
): AsyncGenerator<string> {
  const choose = engine === 'postgres' ? postgresParts(table, found) : mysqlParts(table, found);
  let rest = '';
  // Bytes as they are: a dump may hold text that is no UTF-8.
  sql.setEncoding('latin1');
  for await (const chunk of sql) {
    const lines = (rest + (chunk as string)).split('\n');
    rest = lines.pop() ?? '';
    let out = '';
    for (const line of lines) if (choose(line)) out += `${line}\n`;
    if (out !== '') yield out;
  }
  if (rest !== '' && choose(rest)) yield rest;
}

type Choice = (line: string) => boolean;

/** Line endings within values are escaped, so a comment at the start of a line is the program's own. */
function mysqlParts(table: string, found: { table: boolean }): Choice {
  const wanted = latin1(table);
  let takes = true;
  return (line) => {
    const named =
      /^-- (?:Table structure for table|Dumping data for table|Sequence structure for) `(.*)`$/.exec(
        line,
      );
    if (named !== null) {
      takes = named[1]?.replaceAll('``', '`') === wanted;
      if (takes) found.table = true;
    } else if (
      /^-- (?:Temporary (?:table|view) structure|Dumping events|Dumping routines|Final view)/.test(
        line,
      )
    )
      takes = false;
    else if (/^\/\*!40103 SET TIME_ZONE=@OLD_TIME_ZONE/.test(line)) takes = true;
    return takes;
  };
}

/** What a table may need, whatever it is called. */
const general = new Set([
  ...['SCHEMA', 'EXTENSION', 'TYPE', 'DOMAIN', 'FUNCTION', 'PROCEDURE', 'COLLATION'],
]);
/** Named after the table, and perhaps something of it: `item id`. */
const ofTable = new Set(['TABLE', 'TABLE DATA', 'DEFAULT', 'CONSTRAINT', 'TRIGGER']);
/** Only the statement says which table it is about. */
const byStatement = new Set(['SEQUENCE', 'SEQUENCE OWNED BY', 'SEQUENCE SET', 'INDEX']);

function postgresParts(table: string, found: { table: boolean }): Choice {
  const [, schema, bare = table] = /^(?:([^.]+)\.)?(.+)$/s.exec(table) ?? [];
  const wanted = latin1(bare);
  const sequences = new Set<string>();
  let part = '';
  let takes = true;
  let inData = false;
  const isWanted = (written: string) => {
    const names = [...written.matchAll(/"((?:[^"]|"")*)"|[^".]+/g)].map(
      ([plain, quoted]) => quoted?.replaceAll('""', '"') ?? plain,
    );
    return names[1] === wanted && (schema === undefined || names[0] === latin1(schema));
  };
  const statement = (line: string) => {
    const owned = / OWNED BY (.*);$/.exec(line)?.[1];
    const index = /^CREATE (?:UNIQUE )?INDEX .*? ON (?:ONLY )?(\S+|".*?") USING /.exec(line)?.[1];
    const identity = /^ALTER TABLE (?:ONLY )?(.*?) ALTER COLUMN /.exec(line)?.[1];
    const made = /^(?:CREATE SEQUENCE|\s+SEQUENCE NAME) (\S+)$/.exec(line)?.[1];
    const set = /^SELECT pg_catalog\.setval\('(.*)', \d+, (?:true|false)\);$/.exec(line)?.[1];
    if (owned !== undefined) return isWanted(owned);
    if (index !== undefined) return isWanted(index);
    if (identity !== undefined) takes = isWanted(identity);
    else if (made !== undefined && !/^\s/.test(line)) takes = true;
    if (made !== undefined && takes) sequences.add(made);
    if (set !== undefined) return sequences.has(set);
    return takes;
  };
  return (line) => {
    if (inData) {
      if (line === '\\.') inData = false;
      return takes;
    }
    const named = /^-- (?:Data for )?Name: (.*); Type: ([A-Z ]+); Schema: (.*?); Owner: /.exec(
      line,
    );
    if (named !== null) {
      const [, name = '', type = '', where] = named;
      const isHere = schema === undefined || where === latin1(schema);
      part = type;
      if (general.has(type)) takes = true;
      else if (type === 'TABLE' || type === 'TABLE DATA') takes = isHere && name === wanted;
      else takes = ofTable.has(type) && isHere && name.startsWith(`${wanted} `);
      if (takes && type === 'TABLE') found.table = true;
      return takes;
    }
    if (/^-- PostgreSQL database dump complete/.test(line)) {
      part = '';
      takes = true;
    }
    if (byStatement.has(part)) return statement(line);
    if (/^COPY .* FROM stdin;$/.test(line)) inData = true;
    return takes;
  };
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}
