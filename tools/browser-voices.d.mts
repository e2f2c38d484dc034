import type { Plugin } from 'vite';

/** Names of the models of src/voices/, whichever there are. */
export function voiceNames(): string[];

/** The text of the module `src/platform/browser/shipped.js` for the library. */
export function voicesModule(base: string): string;

/** Keeps that module out of the library's bundle, as `voices.js` beside it; `copy`: and puts the models below `base`. */
export function publishedVoices(options?: {
  readonly base?: string;
  readonly copy?: boolean;
}): Plugin;

/** Gives that module to a page, served or built, and to tests. */
export function linkedVoices(): Plugin;
