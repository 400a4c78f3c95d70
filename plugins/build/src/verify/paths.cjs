// @ts-check
'use strict';
const { statSync } = require('node:fs');

/** @type {Map<string, 'file' | 'folder' | 'absent'>} */
const seen = new Map();

/** @param {string} path */
function whatIs(path) {
  let what = seen.get(path);
  if (what === undefined) {
    const stat = statSync(path, { throwIfNoEntry: false });
    what = stat === undefined ? 'absent' : stat.isDirectory() ? 'folder' : 'file';
    seen.set(path, what);
  }
  return what;
}

/** @param {string} path */
function look(path) {
  try {
    return whatIs(path);
  } catch {
    // A part of the path is a file, or may not be searched.
    return 'absent';
  }
}

module.exports = { look };
