/**
 * The page without a network: every file of a build is stored at the first visit, and served from there. A new build is stored beside it and waits
 * until the page says that it may take over.
 */
import { clientsClaim } from 'workbox-core';
import { cleanupOutdatedCaches, precacheAndRoute, type PrecacheEntry } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { NetworkFirst } from 'workbox-strategies';

/** Put in by tools/build-web.mjs. */
declare const BUILT_FILES: PrecacheEntry[];

/** TypeScript's types of pages do not have it. */
declare const skipWaiting: () => Promise<void>;

cleanupOutdatedCaches();
// Static files: what an address has after its `?` makes no difference.
precacheAndRoute(BUILT_FILES, { cleanURLs: false, ignoreURLParametersMatching: [/./] });
// Models that are stored only once they are chosen: those that forbid commercial use.
registerRoute(
  ({ url, sameOrigin }) => sameOrigin && url.pathname.includes('/voices/'),
  new NetworkFirst({ cacheName: 'alstm-voices' }),
);
clientsClaim();
addEventListener('message', ({ data }: MessageEvent<{ type?: string } | undefined>) => {
  if (data?.type === 'SKIP_WAITING') void skipWaiting();
});
