import { program } from '@om-ops/kit';

/** Says what of a folder is tracked. */
export const git = program('git', { install: 'Install it: sudo apt-get install git' });
