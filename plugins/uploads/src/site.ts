import { defineSection, type SiteSection, z } from '@om-ops/kit/site';

export interface UploadsSection {
  /** Folders that the application writes to, below root or absolute. */
  dirs: string[];
  /** Whose they are: a user of this machine, or `auto`, the one the application runs as. */
  owner: string;
  /** Octal: the permissions they need at least, and get when they are made. */
  mode: string;
  smoke: {
    /** What is asked of the backend, with GET or HEAD. */
    path: string;
  };
}

export const uploadsSection: SiteSection<UploadsSection> = defineSection<UploadsSection>(
  'uploads',
  z.strictObject({
    dirs: z
      .array(z.string().min(1))
      .describe('Folders that the application writes to, below root or absolute'),
    owner: z
      .string()
      .min(1)
      .describe('Whose they are: a user of this machine, or auto, the one the application runs as'),
    mode: z
      .string()
      .regex(/^0?[0-7]{3,4}$/, 'expected octal permissions in quotes, as "755"')
      .describe('The permissions they need at least, and get when they are made: "755"'),
    smoke: z
      .strictObject({ path: z.string().regex(/^\//, 'expected a path that starts with /') })
      .describe('What is asked of the backend, with GET or HEAD'),
  }),
  {
    dirs: [
      'front-end/public/docs',
      'front-end/public/images/gallery',
      'front-end/public/images',
      '../uploads/record-images',
    ],
    owner: 'auto',
    mode: '755',
    smoke: { path: '/api/docs' },
  },
);

/** `0o755` of `"755"`. */
export function modeOf({ mode }: Pick<UploadsSection, 'mode'>): number {
  return Number.parseInt(mode, 8);
}
