// @ts-check
'use strict';
const { readFileSync } = require('node:fs');
const { dirname, join, resolve } = require('node:path');
const { look } = require('./paths.cjs');

/** @typedef {import('./job.ts').RawFinding} RawFinding */

/**
 * What an import of an ES module reads: the very file, no ending is tried.
 * @param {string} file
 * @param {string} specifier
 * @returns {string | undefined} what is wrong, as a sentence
 */
function lostImport(file, specifier) {
  const [plain = ''] = specifier.split(/[?#]/);
  let path = plain;
  try {
    path = decodeURIComponent(plain);
  } catch {
    // Not encoded.
  }
  const target = resolve(dirname(file), path);
  const what = look(target);
  if (what === 'file') return undefined;
  if (what === 'folder')
    return `It imports ${specifier}, which is a folder; an ES module has to name the file.`;
  const near = requiredFile(target);
  return near === undefined
    ? `It imports ${specifier}, and there is no such file.`
    : `It imports ${specifier} without the whole name; an ES module has to name ${near.slice(dirname(target).length + 1)}.`;
}

/**
 * What require() would read.
 * @param {string} target
 * @param {boolean} [isMain] the target came out of a package.json
 * @returns {string | undefined}
 */
function requiredFile(target, isMain = false) {
  if (look(target) === 'file') return target;
  for (const ending of ['.js', '.json', '.node'])
    if (look(target + ending) === 'file') return target + ending;
  if (look(target) !== 'folder') return undefined;
  if (!isMain && look(join(target, 'package.json')) === 'file') {
    try {
      const { main } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
      const found = typeof main === 'string' ? requiredFile(join(target, main), true) : undefined;
      if (found !== undefined) return found;
    } catch {
      // Broken: Node goes on with index.js as well.
    }
  }
  for (const index of ['index.js', 'index.json', 'index.node'])
    if (look(join(target, index)) === 'file') return join(target, index);
  return undefined;
}

/**
 * @param {string} code
 * @param {number} index
 */
function lineAt(code, index) {
  let line = 1;
  for (let at = code.indexOf('\n'); at !== -1 && at < index; at = code.indexOf('\n', at + 1))
    line += 1;
  return line;
}

const requireCall = /\brequire\s*\(\s*(['"`])(\.{1,2}(?:\/[^'"`\n$\\]*)?)\1\s*\)/g;
const importCall = /\bimport\s*\(\s*(?:\/\*[\s\S]*?\*\/\s*)*(['"`])(\.{1,2}\/[^'"`\n$\\]*)\1/g;
const commonJsName =
  /\bmodule\s*\.\s*exports\b|\bexports\s*\.\s*[\w$]+\s*=(?!=)|\brequire\s*\(|\b__(?:dir|file)name\b/;

/**
 * Imports that are calls, and names that only CommonJS has: found by their look, so whoever gets them
 * reads the file properly before he believes it.
 * @param {string} file
 * @param {string} code
 * @param {'module' | 'commonjs' | 'either'} kind
 * @param {RawFinding[]} findings
 */
function suspect(file, code, kind, findings) {
  const as = kind === 'commonjs' ? 'commonjs' : 'module';
  if (code.includes('import')) {
    for (const match of code.matchAll(importCall)) {
      const specifier = /** @type {string} */ (match[2]);
      const message = lostImport(file, specifier);
      if (message === undefined) continue;
      const line = lineAt(code, match.index);
      findings.push({
        file,
        line,
        kind: 'import',
        message,
        doubt: { form: 'import()', specifier, as },
      });
    }
  }
  if (code.includes(kind === 'commonjs' ? 'require' : 'createRequire') && kind !== 'either') {
    for (const match of code.matchAll(requireCall)) {
      const specifier = /** @type {string} */ (match[2]);
      if (requiredFile(resolve(dirname(file), specifier)) !== undefined) continue;
      const line = lineAt(code, match.index);
      const message = `It requires ${specifier}, and there is no such file.`;
      findings.push({
        file,
        line,
        kind: 'import',
        message,
        doubt: { form: 'require', specifier, as },
      });
    }
  }
  if (kind === 'module' && commonJsName.test(code)) {
    findings.push({
      file,
      line: null,
      kind: 'module-kind',
      message: '',
      doubt: { form: 'commonjs', specifier: '', as },
    });
  }
}

/**
 * @param {string} file
 * @param {string} code
 * @param {readonly string[]} specifiers
 * @param {RawFinding[]} findings
 */
function followImports(file, code, specifiers, findings) {
  for (const specifier of new Set(specifiers)) {
    if (!/^\.{1,2}(?:\/|$)/.test(specifier)) continue;
    const message = lostImport(file, specifier);
    if (message === undefined) continue;
    const quoted = specifier.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const match = new RegExp(`(?:from|import)\\s*['"]${quoted}['"]`).exec(code);
    findings.push({
      file,
      line: match === null ? null : lineAt(code, match.index),
      kind: 'import',
      message,
    });
  }
}

module.exports = { followImports, suspect };
