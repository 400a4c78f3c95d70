import { program } from '@om-ops/kit';

export const git = program('git', { install: 'Install it: sudo apt-get install git' });
