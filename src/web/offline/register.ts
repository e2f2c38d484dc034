import { Workbox } from 'workbox-window';
import { t } from '../language/words.js';
import type { Notices } from '../notices.js';

/**
 * Stores the page for use without a network, and tells when a newer one is ready. It is taken only when the user asks for it: reloading would end
 * a training run.
 */
export async function registerOffline(notices: Notices): Promise<void> {
  if (!('serviceWorker' in navigator)) return; // not over https, or forbidden by the browser
  const worker = new Workbox(new URL('service-worker.js', document.baseURI).href);
  let asked = false;
  worker.addEventListener('waiting', () => {
    notices.tell('update', t().notices.newVersion, {
      text: t().notices.reload,
      act: () => {
        asked = true;
        worker.messageSkipWaiting();
      },
    });
  });
  // In another tab of the page, it is that tab which asked.
  worker.addEventListener('controlling', () => {
    if (asked) location.reload();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') worker.update().catch(() => undefined); // without a network
  });
  // A full disk or private browsing: the page works as before, but only with a network.
  await worker.register().catch(() => undefined);
}
