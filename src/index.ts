export {
  type Answer,
  type CommandId,
  type Commands,
  type OpenedSite,
  type OpenSiteOptions,
  openSite,
  type RunOptions,
  type SiteHealth,
} from './opened-site.ts';
