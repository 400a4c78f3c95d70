/**
 * The one door to oclif. What is published of the kit holds `@oclif/core` in one file behind this module
 * (scripts/bundle-kit.mjs): its 170 files would take longer to load than most commands run.
 */
export {
  Args,
  Command,
  Config,
  Errors,
  Flags,
  Help,
  type Hook,
  type Interfaces,
  Plugin,
  run,
} from '@oclif/core';
