/** Something that makes an archive no good backup. `message` is a sentence. */
export interface VerifyProblem {
  code:
    | 'E_ARCHIVE_CORRUPT'
    | 'E_ARCHIVE_CUT'
    | 'E_ARCHIVE_TRAILING'
    | 'E_ARCHIVE_UNSAFE'
    | 'E_IO'
    | 'E_CHECKSUM'
    | 'E_FILE_COUNT'
    | 'E_DUMP_CORRUPT'
    | 'E_DUMP_INCOMPLETE'
    | 'E_DUMP_MISSING'
    | 'E_META_INVALID';
  message: string;
}
