import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { OpsError } from '../errors.ts';

/**
 * Where the bundled script of a report page is: `page.js` beside the module at `moduleUrl`
 * (`import.meta.url` of a file in `src/report`), or in `dist/report` while it runs from source.
 */
export function bundledPage(moduleUrl: string): URL {
  const beside = new URL('page.js', moduleUrl);
  return new URL(beside.href.replace(/\/src\/report\/page\.js$/, '/dist/report/page.js'));
}

/** Script and styles as text, ready to stand inside their elements. */
export interface PageText {
  script: string;
  styles: string;
}

/** Reads a page; `styles` defaults to the `.css` beside a script that is given as a file. */
export async function readPage(script: string | URL, styles?: string | URL): Promise<PageText> {
  const sheet =
    styles ?? (script instanceof URL ? new URL(script.href.replace(/\.js$/, '.css')) : '');
  return {
    script: standing(await textOf(script), 'script'),
    styles: standing(await textOf(sheet), 'style'),
  };
}

async function textOf(source: string | URL): Promise<string> {
  if (typeof source === 'string') return source;
  if (!existsSync(source)) {
    throw new OpsError('E_REPORT_PAGE', `The report page ${source.pathname} has not been built.`, {
      exit: 'requirement',
      suggestions: ['Run `npm run build` in the checkout, or install the package again.'],
    });
  }
  return readFile(source, 'utf8');
}

/** The HTML parser turns CRLF into LF before the browser hashes the text, and ends the element at its closing tag. */
function standing(text: string, element: 'script' | 'style'): string {
  if (new RegExp(`</${element}|<!--`, 'i').test(text)) {
    throw new OpsError('E_REPORT_PAGE', `The ${element} of a report page holds markup.`);
  }
  return text.replace(/\r\n?/g, '\n').trim();
}
