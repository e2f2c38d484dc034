import type { Plugin, Rolldown } from 'vite';

/** Which leaves out the audio decoders that src/audio does not know. */
export function neededCodecs(): Plugin;

/** Which fails where a builtin of Node is imported. */
export function withoutNode(): Plugin;

/** What every bundle of alstm for a browser needs: `withoutNode`, the shaders, and `neededCodecs`. */
export function browserPlugins(): Plugin[];

/**
 * Bundles an entry for browsers into a folder that is made anew.
 *
 * @param options another entry than src/browser.ts, and its file's name without `.js`
 */
export function buildBrowser(
  outDir: string,
  options?: { readonly entry?: string; readonly name?: string },
): Promise<Rolldown.RolldownOutput>;
