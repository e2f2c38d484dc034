import { libraryBuild } from './builds.js';
import type { TestBrowser } from './browser.js';
import { libraryPage } from './library-page.js';
import type { Served } from './server.js';
import { openSite, type Site } from './site.js';

/** A site with a page at `/` that holds the library of src/ as it is, in the global `alstm`. */
export async function openLibrary(
  browser: TestBrowser,
  { folders, files, ...rest }: Served = {},
): Promise<Site> {
  return openSite(browser, {
    folders: { '/alstm/': await libraryBuild(), ...folders },
    files: { '/index.html': libraryPage, ...files },
    ...rest,
  });
}
