import type { PushResult } from '../push/result.ts';
import type { SecretFile, SummaryLeftOut } from './pages.ts';

export interface SummaryResult extends Omit<PushResult, 'commit'> {
  /** False: the folder is as it was committed, or nothing was. */
  committed: boolean;
  commit: string | null;
  /** The folder of the summary. */
  folder: string;
  message: string;
  /** What was copied there anew, below STATE; in a dry run all that would be looked at. */
  copied: string[];
  /** How many files the commit has. */
  files: number;
  leftOut: SummaryLeftOut[];
  /** Files with secrets. */
  refused: SecretFile[];
  /** What is under way and has to be ended first. */
  state: string | null;
}
