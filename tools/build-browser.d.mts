import type { Plugin, Rolldown } from 'vite';

/** Which leaves out the audio decoders that src/audio does not know. */
export function neededCodecs(): Plugin;

/** Which fails where a builtin of Node is imported. */
export function withoutNode(): Plugin;

/** What every bundle of alstm for a browser needs: `withoutNode`, the shaders, and `neededCodecs`. */
export function browserPlugins(): Plugin[];

/** The packages that the published bundle imports by name, when they are needed. */
export const outside: readonly string[];

/**
 * Bundles an entry for browsers into a folder that is made anew: into one file that imports what is
 * `outside`.
 *
 * @param options another entry than src/browser.ts, and its file's name without `.js`; `whole`: with what
 *   is `outside` as chunks beside it, so that a page needs no bundler
 */
export function buildBrowser(
  outDir: string,
  options?: { readonly entry?: string; readonly name?: string; readonly whole?: boolean },
): Promise<Rolldown.RolldownOutput>;
