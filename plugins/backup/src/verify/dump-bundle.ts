import type { DatabaseEngineName } from '@om-ops/kit/database';
import { createGunzip, GzipDamage } from '../archive/gzip/gunzip.ts';
import type { TarReader } from '../archive/tar/reader.ts';
import { printableName } from '../archive/tar/reader-damage.ts';
import type { ReadEntry } from '../archive/tar/reader-entry.ts';
import { closingLines, hasClosingLine, TailKeeper } from '../database/closing-line.ts';
import type { VerifyProblem } from './problem.ts';

/** A dump in a database archive, read to its end. */
export interface VerifiedDump {
  /** The member: `shop.sql.gz`. */
  file: string;
  /** Compressed, and the SQL text. */
  bytes: number;
  rawBytes: number;
}

interface ReadDump extends VerifiedDump {
  damage: string | undefined;
  tail: Uint8Array;
}

interface Meta {
  /** Undefined when it is not named, or one that we do not know. */
  engine: DatabaseEngineName | undefined;
  databases: { file: string; bytes?: number; rawBytes?: number }[];
}

const largestMeta = 16 * 1024 * 1024;
const metaName = 'meta.json';

/**
 * The dumps among an archive's members: `<name>.sql.gz` beside a `meta.json`. Only at the end is it
 * known whether it is such an archive and what dumps of its engine end with.
 */
export class DumpBundle {
  readonly #dumps: ReadDump[] = [];
  #meta: Buffer | undefined;

  /** Takes the member's content if it may be part of a bundle. */
  async read(entry: ReadEntry, reader: TarReader): Promise<void> {
    if (entry.type !== 'file') return;
    const name = entry.path.toString().replace(/^(?:\.\/+)+/, '');
    if (name.includes('/')) return;
    if (name === metaName && entry.size <= largestMeta) this.#meta = contentOf(reader);
    else if (name.endsWith('.sql.gz')) this.#dumps.push(await readDump(name, reader));
  }

  /** `isDatabase` says that it has to be one; undefined: it is one if it looks like one. */
  judge(isDatabase: boolean | undefined): { dumps: VerifiedDump[]; problems: VerifyProblem[] } {
    const isBundle = isDatabase ?? (this.#meta !== undefined && this.#dumps.length > 0);
    if (!isBundle) return { dumps: [], problems: [] };
    const meta = this.#meta && metaOf(this.#meta);
    const problems: VerifyProblem[] = [];
    if (meta === undefined)
      problems.push({
        code: 'E_META_INVALID',
        message: this.#meta ? `${metaName} is not readable as JSON.` : `${metaName} is missing.`,
      });
    if (this.#dumps.length === 0)
      problems.push({ code: 'E_DUMP_MISSING', message: 'There is no dump in it.' });
    for (const dump of this.#dumps) problems.push(...problemsOf(dump, meta));
    for (const { file } of meta?.databases ?? [])
      if (!this.#dumps.some((dump) => dump.file === file))
        problems.push({ code: 'E_DUMP_MISSING', message: `${shown(file)} is missing.` });
    const dumps = this.#dumps.map(({ file, bytes, rawBytes }) => ({ file, bytes, rawBytes }));
    return { dumps, problems };
  }
}

function problemsOf(dump: ReadDump, meta: Meta | undefined): VerifyProblem[] {
  const { file, tail, damage } = dump;
  if (damage !== undefined)
    return [{ code: 'E_DUMP_CORRUPT', message: `${shown(file)} is corrupt: ${damage}.` }];
  const engines = Object.keys(closingLines) as DatabaseEngineName[];
  const possible = meta?.engine ? [meta.engine] : engines;
  if (!possible.some((engine) => hasClosingLine(tail, engine))) {
    const line = meta?.engine ? `, \`${closingLines[meta.engine]}\`` : '';
    return [
      { code: 'E_DUMP_INCOMPLETE', message: `${shown(file)} lacks its closing line${line}.` },
    ];
  }
  const said = meta?.databases.find((database) => database.file === file);
  for (const key of ['bytes', 'rawBytes'] as const)
    if (said?.[key] !== undefined && said[key] !== dump[key])
      return [
        {
          code: 'E_DUMP_CORRUPT',
          message: `${shown(file)} has ${key} ${dump[key]}, and ${metaName} says ${said[key]}.`,
        },
      ];
  return [];
}

async function readDump(file: string, reader: TarReader): Promise<ReadDump> {
  const tail = new TailKeeper();
  let rawBytes = 0;
  let bytes = 0;
  let damage: string | undefined;
  const gunzip = createGunzip((chunk) => {
    rawBytes += chunk.length;
    tail.add(chunk);
  });
  try {
    for (let piece = reader.read(); piece !== undefined; piece = reader.read()) {
      bytes += piece.length;
      if (damage === undefined) damage = await damageIn(() => gunzip.write(piece));
    }
    damage ??= await damageIn(() => {
      const { trailing } = gunzip.end();
      if (trailing > 0) throw new GzipDamage('there is something after its end', bytes - trailing);
    });
  } finally {
    gunzip.close();
  }
  return { file, bytes, rawBytes, damage, tail: tail.tail };
}

async function damageIn(work: () => Promise<void> | void): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof GzipDamage) return `${error.message} at byte ${error.offset}`;
    throw error;
  }
}

function contentOf(reader: TarReader): Buffer {
  const pieces: Buffer[] = [];
  for (let piece = reader.read(); piece !== undefined; piece = reader.read())
    pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

/** Undefined when it is no JSON object. What it lacks is not missed: older programs wrote less. */
function metaOf(content: Buffer): Meta | undefined {
  let value: unknown;
  try {
    value = JSON.parse(content.toString());
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { engine, databases } = value as { engine?: unknown; databases?: unknown };
  return {
    engine: isEngine(engine) ? engine : undefined,
    databases: (Array.isArray(databases) ? databases : []).flatMap((database: unknown) => {
      if (typeof database !== 'object' || database === null) return [];
      const { file, bytes, rawBytes } = database as Record<string, unknown>;
      if (typeof file !== 'string') return [];
      return {
        file,
        ...(typeof bytes === 'number' ? { bytes } : {}),
        ...(typeof rawBytes === 'number' ? { rawBytes } : {}),
      };
    }),
  };
}

function isEngine(value: unknown): value is DatabaseEngineName {
  return typeof value === 'string' && Object.hasOwn(closingLines, value);
}

function shown(file: string): string {
  return printableName(Buffer.from(file));
}
