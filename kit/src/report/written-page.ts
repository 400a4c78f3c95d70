import { open, readFile, stat } from 'node:fs/promises';
import { systemCode } from '../errors.ts';
import { writeFileAtomic } from '../store/atomic.ts';
import { isoWithOffset } from '../store/time.ts';
import { inlineJson } from './embed.ts';
import { blockIds, type NavLink, type ReportMeta } from './meta.ts';

/** The block that tells what a page is stands before its data. */
const headBytes = 256 * 1024;
const metaBlock = new RegExp(
  `(<script type="application/json" id="${blockIds.meta}">)(.*?)(</script>)`,
  's',
);

/** A page that lies on the disk. */
export interface WrittenPage {
  /** ISO 8601 with offset. */
  madeAt: string;
  /** What it says of itself; absent in a page that om-ops did not write. */
  meta?: Partial<ReportMeta>;
}

/** Undefined when there is none, or it cannot be read. */
export async function writtenPage(file: string): Promise<WrittenPage | undefined> {
  try {
    const { mtime } = await stat(file);
    const meta = metaIn(await headOf(file));
    return {
      madeAt: typeof meta?.generatedAt === 'string' ? meta.generatedAt : isoWithOffset(mtime),
      ...(meta === undefined ? {} : { meta }),
    };
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

/** Gives a page another nav, when it has one and it differs: other pages have come or gone since. */
export async function renewNav(file: string, nav: readonly NavLink[]): Promise<void> {
  const written = await writtenPage(file);
  if (written?.meta?.nav === undefined || JSON.stringify(written.meta.nav) === JSON.stringify(nav))
    return;
  const html = await readFile(file, 'utf8');
  const text = inlineJson({ ...written.meta, nav });
  await writeFileAtomic(
    file,
    html.replace(metaBlock, (_, start: string, __, end: string) => `${start}${text}${end}`),
  );
}

async function headOf(file: string): Promise<string> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
  return buffer.toString('utf8', 0, bytesRead);
}

function metaIn(head: string): Partial<ReportMeta> | undefined {
  const text = metaBlock.exec(head)?.[2];
  if (text === undefined) return undefined;
  try {
    const meta: unknown = JSON.parse(text);
    return typeof meta === 'object' && meta !== null ? meta : undefined;
  } catch {
    return undefined;
  }
}
