import { extractArchive } from '../src/extract/extract.ts';

/** Restores in a process of its own: `node extract-run.ts '{"archive": …}'`; prints what became of it as JSON. */
const options = JSON.parse(process.argv[2] ?? '{}');
if (options.umask !== undefined) process.umask(options.umask);
const warnings: string[] = [];
const progress = {
  report() {},
  warn: (message: string) => warnings.push(message),
  signal: new AbortController().signal,
};
const result = await extractArchive({ inPlace: false, ...options, progress }).catch(
  ({ code, message }) => ({ code, message }),
);
console.log(JSON.stringify({ result, warnings, maxRss: process.resourceUsage().maxRSS }));
