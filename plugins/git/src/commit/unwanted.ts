import { isEnvFile } from '../checkpoint/left-out.ts';
import { type BytePath, lastSegment } from '../repository/byte-path.ts';

/** Folders that are made from what is committed, by their whole name. */
const madeFolders = new Set([
  ...['node_modules', 'bower_components', 'dist', '.next', '.nuxt', '.turbo', '.parcel-cache'],
  ...['.venv', 'venv', '__pycache__', '.pytest_cache', '.mypy_cache', '.tox', '.nyc_output'],
]);

const madeFile =
  /\.(?:so(?:\.\d+)*|dll|dylib|exe|o|obj|a|class|py[cod]|swp|swo|tsbuildinfo)$|^(?:\.DS_Store|Thumbs\.db|core\.\d+|npm-debug\.log)$/i;
const keyFile = /^id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?$|\.(?:p12|pfx|jks|keystore|ppk|kdbx)$/i;

export interface Unwanted {
  /** What it is, without a full stop. */
  why: string;
  /** The line for .gitignore. */
  ignore: string;
}

/** Why a file is hardly meant to be committed, by its path: whole segments and suffixes, never a part of a name. */
export function unwantedByName(path: BytePath): Unwanted | undefined {
  const segments = path.split('/');
  const at = segments.slice(0, -1).findIndex((segment) => madeFolders.has(segment));
  if (at !== -1) {
    const folder = segments.slice(0, at + 1).join('/');
    return {
      why: `made by a build or an installation (${segments[at]}/)`,
      ignore: ignoreLine(`${folder}/`),
    };
  }
  const name = lastSegment(path);
  if (isEnvFile(path)) return { why: 'an env file, which holds secrets', ignore: ignoreLine(path) };
  if (keyFile.test(name))
    return { why: 'a private key or a store of keys', ignore: ignoreLine(path) };
  if (!madeFile.test(name)) return undefined;
  const suffix = /\.[A-Za-z]+(?:\.\d+)*$/.exec(name)?.[0];
  const isSuffix = suffix !== undefined && suffix !== name;
  return {
    why: `made by a program (${isSuffix ? suffix : name})`,
    ignore: isSuffix ? `*${suffix}` : ignoreLine(path),
  };
}

/** The line of .gitignore, at the top, that means this path and nothing else. */
export function ignoreLine(path: BytePath): string {
  return `/${Buffer.from(path, 'latin1')
    .toString('utf8')
    .replace(/[\\*?[\]]/g, '\\$&')
    .replace(/ +$/, (blanks) => '\\ '.repeat(blanks.length))}`;
}

/** The sample of an env file: its values are made up. */
export function isTemplate(path: BytePath): boolean {
  return /[._-](?:example|sample|template|tpl|defaults?)(?:\.|$)|\.dist$/i.test(lastSegment(path));
}
