import { fileURLToPath } from 'node:url';

/** Models that come along, a folder each: `voices/` is in `src/`, and once built in `dist/`. With `/`, as in Files. */
export const VOICES_FOLDER = fileURLToPath(new URL('../../voices', import.meta.url)).replaceAll(
  '\\',
  '/',
);
