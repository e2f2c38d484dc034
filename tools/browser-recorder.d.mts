import type { Plugin } from 'vite';

/** The audio worklet as it is compiled with the package. */
export function workletText(): string;

/** Keeps its URL out of the library's bundle, in `recorder.js` beside it; `copy`: and puts the worklet there. */
export function publishedRecorder(options?: { readonly copy?: boolean }): Plugin;

/** Gives its URL to a page, served or built, and to tests. */
export function linkedRecorder(): Plugin;
