import type { Plugin } from 'vite';

/** The text of the module `src/platform/browser-shaders.js`. */
export function shaderModule(): string;

/** Gives that module to vite, rolldown and vitest. */
export function browserShaders(): Plugin;
