// @ts-check
'use strict';
const { readFileSync } = require('node:fs');
const { dirname, extname, join } = require('node:path');
const { look } = require('./paths.cjs');

/** @typedef {import('./job.ts').CheckJob} CheckJob */

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
/** Node tells by the syntax what a .js file is whose package.json does not say. */
const detectsModules = major > 22 || (major === 22 && minor >= 7) || (major === 20 && minor >= 19);

/** @type {Map<string, { type: string | undefined, path: string } | null>} */
const manifests = new Map();

/**
 * The package.json that decides over a folder.
 * @param {string} folder
 * @returns {{ type: string | undefined, path: string } | null}
 */
function manifestOf(folder) {
  const known = manifests.get(folder);
  if (known !== undefined) return known;
  const path = join(folder, 'package.json');
  const above = dirname(folder);
  /** @type {{ type: string | undefined, path: string } | null} */
  let found = null;
  if (look(path) === 'file') found = { path, type: typeOf(path) };
  else if (above !== folder && !folder.endsWith('/node_modules')) found = manifestOf(above);
  manifests.set(folder, found);
  return found;
}

/** @param {string} path */
function typeOf(path) {
  try {
    const { type } = JSON.parse(readFileSync(path, 'utf8'));
    return type === 'module' || type === 'commonjs' ? type : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} file
 * @param {CheckJob['as']} as
 */
function kindOf(file, as) {
  if (as === 'browser') return { kind: 'either', why: '' };
  const ending = extname(file);
  if (ending === '.mjs') return { kind: 'module', why: 'its name ends with .mjs' };
  if (ending === '.cjs') return { kind: 'commonjs', why: 'its name ends with .cjs' };
  const manifest = manifestOf(dirname(file));
  if (manifest === null) return { kind: 'open', why: 'no package.json says otherwise' };
  const { type, path } = manifest;
  return type === undefined
    ? { kind: 'open', why: `${path} has no "type"` }
    : { kind: type, why: `${path} says "type": "${type}"` };
}

module.exports = { detectsModules, kindOf };
