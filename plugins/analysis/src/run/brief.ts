const duplicatesKey = '\n"duplicates":';
const staleKey = '\n"stale":';
const newline = 0x0a;

/**
 * An analysis.json with the first groups of duplicates only, without reading the others: they are
 * most of it, and each has a line of its own. Undefined when the file is not laid out like that.
 */
export function briefAnalysis(file: Buffer, mostGroups: number): unknown {
  const begin = file.indexOf(duplicatesKey);
  const rest = file.lastIndexOf(staleKey);
  if (begin < 0 || rest < begin) return undefined;
  const groupsBegin = file.indexOf(newline, begin + 1) + 1;
  let end = groupsBegin;
  for (let group = 0; group < mostGroups && end > 0 && end < rest; group += 1)
    end = file.indexOf(newline, end) + 1;
  if (end <= 0 || end >= rest) return parsed(file.toString());
  const groups = file.toString('utf8', 0, end).replace(/,?\n$/, '');
  return parsed(`${groups}]},${file.toString('utf8', rest)}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
