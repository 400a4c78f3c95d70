import { readFileSync } from 'node:fs';
import { extractArchive, planExtract } from '../src/archive/extract/extract.ts';

/** Restores in a process of its own: `node extract-run.ts '{"archive": …}'`; prints what became of it as JSON. */
const options = JSON.parse(process.argv[2] ?? '{}');
if (options.umask !== undefined) process.umask(options.umask);
const warnings: string[] = [];
const progress = {
  report() {},
  warn: (message: string) => warnings.push(message),
  signal: new AbortController().signal,
};
const work = options.plan ? planExtract : extractArchive;
const result = await work({ inPlace: false, ...options, progress }).catch(({ code, message }) => ({
  code,
  message,
}));
// Not `resourceUsage`: that starts with the memory of the process that started this one.
const maxRss = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
console.log(JSON.stringify({ result, warnings, maxRss }));
