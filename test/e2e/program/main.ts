// A small om-ops whose commands do nothing but what the tests want to see of the kit: wait, fail, follow.
import { run } from '@om-ops/kit/oclif';
import { guardOutput } from '../../../dist/output.js';
import { handleStray } from '../../../dist/stray-error.js';

const argv = process.argv.slice(2);
guardOutput();
try {
  await run(argv, { root: import.meta.dirname });
} catch (error) {
  await handleStray(error, argv);
}
